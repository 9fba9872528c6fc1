import { claimableAt, type ShareAccount } from './shareAccount'
import { flowsAfter, streamedAt, type StreamState } from './stream'

/** What could be claimed at a later moment of money that is distributed already, if the holder neither claims nor moves shares until then. */
export interface Projected {
  /** When the flow ends, Unix seconds. */
  readonly at: bigint
  /** Smallest units of the currency. */
  readonly claimable: bigint
  /** Of that, what comes after the moment projected from. */
  readonly added: bigint
}

/**
 * What streams to a holder, to the end of each flow that is under way or waits: at most two. Rent that is not distributed yet is in none of them, and
 * may add to the second. `time` is the chain's, of the block the account and the stream were read at.
 */
export function projectedClaims(account: ShareAccount, stream: StreamState, face: bigint, length: bigint, time: bigint): Projected[] {
  const now = claimableAt(account, streamedAt(stream, length, time), face)
  return flowsAfter(stream, length, time).map(({ until }) => {
    const claimable = claimableAt(account, streamedAt(stream, length, until), face)
    return { at: until, claimable, added: claimable - now }
  })
}
