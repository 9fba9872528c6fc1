import type { Block } from './chain'

/** `live`: new blocks come; `stale`: an RPC answers, with a head that is old; `lost`: none answers. */
export type HeadState = 'live' | 'stale' | 'lost'

/** Why an RPC is not used now. */
export type RpcFault = 'unreachable' | 'timedOut' | 'wrongChain' | 'malformed'

/** One RPC as last seen. */
export interface RpcStatus {
  readonly url: string
  /** The newest block it told of; null until it answered well. */
  readonly block: Block | null
  readonly fault: RpcFault | null
  /** The chain it says it is; null until it said. */
  readonly chainId: number | null
}

/** The chain's newest block, as this page knows it. */
export interface Head {
  readonly number: bigint
  /** Unix seconds. */
  readonly timestamp: bigint
  readonly hash: Block['hash']
  /** When this page first saw it: Date.now(), milliseconds. */
  readonly seenAt: number
  /** Unix seconds of the chain: its head's time, and on a real chain what has passed since it was seen. */
  now(): bigint
  readonly state: HeadState
  /** The RPC that reads go to. */
  readonly rpc: string
  readonly rpcs: readonly RpcStatus[]
}
