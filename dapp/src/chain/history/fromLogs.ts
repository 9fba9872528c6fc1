import type { Address, Hex } from 'viem'
import { getBlock } from 'viem/actions'
import type { ContractName } from '../../config/schema'
import type { Chain } from '../chain'
import type { Clones } from './clones'
import { CLONED } from './clones'
import type { EventContract } from './contracts'
import { selectorsOf } from './decode'
import type { ChainEvent } from './events'
import { byPlace, eventsOfLogs, readLogs } from './logs'

/** Contracts, the names of their events (all without), and blocks, both included. */
export interface LogsAsked {
  readonly contracts: readonly EventContract[]
  readonly names?: readonly string[] | undefined
  readonly from: bigint
  readonly to: bigint
}

/** The events of some contracts from an RPC's logs, ascending. `clones` says where waterfalls and shares are. */
export async function eventsFromLogs(chain: Chain, asked: LogsAsked, clones: Clones): Promise<ChainEvent[]> {
  const at = new Map<string, EventContract>()
  const selectors = new Set<Hex>()
  for (const contract of asked.contracts) {
    const own = selectorsOf(contract, asked.names)
    if (own.length === 0) continue
    for (const address of addressesOf(chain, contract, clones)) at.set(address.toLowerCase(), contract)
    for (const selector of own) selectors.add(selector)
  }
  if (at.size === 0 || asked.from > asked.to) return []
  const addresses = [...at.keys()].filter(isHex)
  const logs = await readLogs(chain, { addresses, topics: [[...selectors]], from: asked.from, to: asked.to })
  const events = await eventsOfLogs(chain, logs, (address) => at.get(address.toLowerCase()))
  // A selector that two contracts share has brought the other's event with it.
  return asked.names === undefined ? events : events.filter(({ name }) => asked.names?.includes(name))
}

/**
 * The same from the deployment to `to`, going on from what was read before as long as the chain still has the block that it reached to.
 */
export async function eventsRemembered(chain: Chain, asked: Omit<LogsAsked, 'from'>, clones: Clones): Promise<ChainEvent[]> {
  const { answers } = chain.memory
  const cloned = asked.contracts.some((contract) => CLONED.includes(contract)) ? clones.waterfalls.length : 0
  const key = JSON.stringify([[...asked.contracts].sort(), asked.names === undefined ? null : [...asked.names].sort(), cloned])
  const known = answers.get(key)
  const holds = known !== undefined && known.to <= asked.to && (await hashAt(chain, known.to)) === known.hash
  const [before, from] = holds ? [known.events, known.to + 1n] : [[], chain.config.deployedAt]
  const events = [...before, ...(await eventsFromLogs(chain, { ...asked, from }, clones))].sort(byPlace)
  if (asked.to === chain.block.number) answers.set(key, { to: asked.to, hash: chain.block.hash, events })
  return events
}

/** The hash that the chain has at a block. Rejects when it has none. */
export async function hashAt(chain: Chain, number: bigint): Promise<Hex | null> {
  if (number === chain.block.number) return chain.block.hash
  return (await getBlock(chain.client, { blockNumber: number })).hash
}

function addressesOf(chain: Chain, contract: EventContract, clones: Clones): readonly Address[] {
  if (contract === 'RevenueWaterfall') return clones.waterfalls
  if (contract === 'FleetShare') return clones.shares
  return [chain.config.contracts[contract satisfies ContractName].address]
}

function isHex(text: string): text is Address {
  return text.startsWith('0x')
}
