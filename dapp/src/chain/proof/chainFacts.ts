import type { Hex } from 'viem'
import type { SignersSet } from './keys'
import type { ReportDomain } from './report'
import type { Submission } from './submission'

/**
 * A report that stands, as IMeterOracle.standing returns it. Of one that is older than the ring, or was put back after a drop (it then
 * has no signers), take the fields from its Reported event instead. `minedAt` is Unix seconds; `signers` has bit i set when node i signed.
 */
export interface Standing {
  readonly root: Hex
  readonly epoch: bigint
  readonly baseEpoch: bigint
  readonly minedAt: bigint
  readonly leafCount: number
  readonly signers: number
}

/** What was read from the chain, all as of one block. */
export interface ChainFacts {
  readonly domain: ReportDomain
  /** The block's timestamp, Unix seconds. */
  readonly now: bigint
  /** MeterOracle.disputeWindow(), seconds. */
  readonly disputeWindow: bigint
  /** The report of the epoch asked for; null when none stands. */
  readonly standing: Standing | null
  /** The root of the report of `standing.baseEpoch`; zero when that is 0. */
  readonly baseRoot: Hex
  /** What the transaction that posted the report sent; null when it cannot be had. */
  readonly submission: Submission | null
  /** The keys in force when it was posted; null when they cannot be had. */
  readonly signersSet: SignersSet | null
}
