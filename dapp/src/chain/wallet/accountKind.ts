import type { Address, PublicClient } from 'viem'
import type { AccountKind } from './useWallet'

/**
 * What signs for an address, from the code at it: nothing is a plain key, `0xef0100` and 20 bytes an EIP-7702 delegation, anything else a contract. Only a
 * plain key's ERC-2612 permit is sure to be taken, for tokens ask contracts and delegated accounts by ERC-1271 or not at all.
 */
export function accountKind(code: unknown): AccountKind {
  if (typeof code !== 'string' || !/^0x([0-9a-f]{2})*$/i.test(code)) return 'unknown'
  if (code === '0x') return 'eoa'
  return /^0xef0100[0-9a-f]{40}$/i.test(code) ? 'delegated' : 'contract'
}

/** The kind of an account on the newest block of one RPC; `unknown` where it does not say, which no permit is asked of. Never rejects. */
export async function kindAt(reader: Pick<PublicClient, 'request'>, address: Address): Promise<AccountKind> {
  try {
    return accountKind(await reader.request({ method: 'eth_getCode', params: [address, 'latest'] }))
  } catch {
    return 'unknown'
  }
}
