import type { Address } from 'viem'
import type { Chain } from '../chain'
import type { LogMemory } from '../history/memory'

/**
 * A read of what can never change at an address, kept for as long as the page is open: asked once of each RPC, however many ask for it and at whatever block.
 * What is not there, and what failed, is asked for again.
 */
export function keep<T>(read: (chain: Chain, address: Address) => Promise<T | null>): (chain: Chain, address: Address) => Promise<T | null> {
  const all = new WeakMap<LogMemory, Map<string, Promise<T | null>>>()
  return (chain, address) => {
    const kept = all.get(chain.memory) ?? new Map<string, Promise<T | null>>()
    all.set(chain.memory, kept)
    const key = `${chain.rpc} ${address.toLowerCase()}`
    const before = kept.get(key)
    if (before !== undefined) return before
    const found = read(chain, address)
    kept.set(key, found)
    const forget = (): void => void kept.delete(key)
    found.then((value) => (value === null ? forget() : undefined), forget)
    return found
  }
}
