import { BaseError, HttpRequestError, TimeoutError } from 'viem'
import { getBlock, getChainId, getCode } from 'viem/actions'
import type { Block } from './chain'
import { MULTICALL3, type ReadClient } from './clients'
import type { RpcFault } from './head'

/** What one RPC said when asked for its head. */
export type Polled =
  | { readonly ok: true; readonly chainId: number; readonly block: Block; readonly hasMulticall: boolean }
  | { readonly ok: false; readonly fault: RpcFault; readonly chainId: number | null }

/** Asks an RPC for its chain, its newest block and whether Multicall3 is there, in one request. Never rejects. */
export async function poll(client: ReadClient, chainId: number): Promise<Polled> {
  try {
    const [said, block, code] = await Promise.all([
      getChainId(client),
      getBlock(client, { blockTag: 'latest' }),
      getCode(client, { address: MULTICALL3 }),
    ])
    if (said !== chainId) return { ok: false, fault: 'wrongChain', chainId: said }
    if (!isBlock(block)) return { ok: false, fault: 'malformed', chainId: said }
    const { number, hash, timestamp } = block
    return { ok: true, chainId: said, block: { number, hash, timestamp }, hasMulticall: code !== undefined && code !== '0x' }
  } catch (error) {
    return { ok: false, fault: faultOf(error), chainId: null }
  }
}

/** An answer of a server that is no RPC is made into a block by viem, with nothing in it. */
function isBlock(block: Block): boolean {
  return typeof block.number === 'bigint' && typeof block.timestamp === 'bigint' && /^0x[0-9a-f]{64}$/.test(block.hash)
}

function faultOf(error: unknown): RpcFault {
  if (!(error instanceof BaseError)) return 'malformed'
  if (error.walk((each) => each instanceof TimeoutError) !== null) return 'timedOut'
  return error.walk((each) => each instanceof HttpRequestError) === null ? 'malformed' : 'unreachable'
}
