import type { Hex } from 'viem'
import type { ChainEvent } from './events'

/** The events of one question up to a block, whose hash tells whether they still hold: a chain that has that block has all before it. */
export interface Remembered {
  readonly to: bigint
  readonly hash: Hex
  readonly events: readonly ChainEvent[]
}

/** What has been read from logs, by question, and how many blocks an RPC lets one ask about, by its URL. */
export interface LogMemory {
  readonly answers: Map<string, Remembered>
  readonly spans: Map<string, bigint>
}

export function newLogMemory(): LogMemory {
  return { answers: new Map(), spans: new Map() }
}
