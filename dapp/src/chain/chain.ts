import type { Hex } from 'viem'
import type { Config } from '../config/schema'
import type { ReadClient } from './clients'
import type { HistorySource } from './history/events'
import type { LogMemory } from './history/memory'

/** A block as this page knows it. `timestamp` is Unix seconds. */
export interface Block {
  readonly number: bigint
  readonly hash: Hex
  readonly timestamp: bigint
}

/**
 * What every read takes: one RPC and one block. All reads of one query see that block, so that their figures belong together. Features pass it
 * on and look at `config` and `block` only; `client` is for src/chain.
 */
export interface Chain {
  readonly config: Config
  /** The block everything is read at. */
  readonly block: Block
  /** The RPC's address, as the configuration has it. */
  readonly rpc: string
  readonly client: ReadClient
  /** What history remembers of logs between the reads of one page. */
  readonly memory: LogMemory
  /** Told where history came from, each time it is read. */
  readonly historyCameFrom: (source: HistorySource) => void
}
