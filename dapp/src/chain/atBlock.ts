import { getBlock } from 'viem/actions'
import type { Chain } from './chain'

/** The same chain read at an earlier block, as where history is known only so far. Rejects where the RPC does not have that block. */
export async function atBlock(chain: Chain, number: bigint): Promise<Chain> {
  if (number === chain.block.number) return chain
  const { hash, timestamp } = await getBlock(chain.client, { blockNumber: number })
  return { ...chain, block: { number, hash, timestamp } }
}
