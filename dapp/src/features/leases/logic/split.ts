import type { Reading } from '../../../chain/proof/reading'
import type { Lease } from '../../../chain/read/leases'
import { termEnd } from '../../../domain/lease/state'
import { rentDown } from '../../../format/leasePrice'
import { ppmDown } from '../../../format/ratio'

const HOUR = 3600n
const BPS = 10_000n

/** What became of the time that was sold, up to a reading: sold = delivered + outage + missing, in unit-seconds. */
export interface Split {
  /** The end of what it is about, Unix seconds: the reading's period end, within the term. */
  readonly upTo: bigint
  /** Seconds of the term until then. */
  readonly elapsed: bigint
  /** LeaseMath.maxUnitSeconds: units x elapsed. */
  readonly sold: bigint
  /** What is billed: min(delivered, sold). */
  readonly delivered: bigint
  /** Measured and not delivered: lost, unhealthy, held back, or not allocated. Not billed. */
  readonly outage: bigint
  /** Sold and not measured: no telemetry, nobody knows. Not billed, and up to an allowance no breach either. */
  readonly missing: bigint
  readonly utilised: bigint
  readonly breached: bigint
  /** delivered / sold in parts per million, rounded down; undefined before the term began. */
  readonly deliveredPpm: bigint | undefined
}

type Parts = Pick<Lease, 'terms' | 'state'>

/** Splits the time sold by a reading whose period ends at `periodEnd` (Unix seconds), with the contract's clamps. */
export function splitOf(lease: Parts, reading: Reading, periodEnd: bigint): Split {
  const { units, start } = lease.terms
  const until = least(periodEnd, termEnd(lease))
  const upTo = until > start ? until : start
  const elapsed = upTo - start
  const sold = units * elapsed
  const delivered = least(reading.delivered, sold)
  // A reading that measured less than it delivered is billed all the same: then nothing of what is left is known to be an outage.
  const measured = most(least(reading.measured, sold), delivered)
  return {
    upTo,
    elapsed,
    sold,
    delivered,
    outage: measured - delivered,
    missing: sold - measured,
    utilised: least(reading.utilised, delivered),
    breached: least(reading.breached, sold),
    deliveredPpm: ppmDown(delivered, sold),
  }
}

/** Totals since the lease began: smallest units and Wh. */
export interface Charge {
  readonly owed: bigint
  readonly creditOwed: bigint
  readonly energyWh: bigint
}

/** LeaseLedger._totals: what a settlement at a reading would bring the totals to. None of them falls. */
export function chargeAt(lease: Parts & Pick<Lease, 'account' | 'totals'>, reading: Reading, periodEnd: bigint): Charge {
  const { sold, delivered, breached } = splitOf(lease, reading, periodEnd)
  const { terms, state, account, totals } = lease
  const owed = most(rentDown(delivered, terms.rate), account.owed)
  const penalty = (breached * terms.rate * BigInt(state.penaltyBps)) / (HOUR * BPS)
  const cap = (owed * BigInt(state.creditCapBps)) / BPS
  const energy = least(reading.energyWh, (sold * BigInt(state.boardWatts)) / HOUR)
  return { owed, creditOwed: most(least(penalty, cap), totals.creditOwed), energyWh: most(energy, totals.energyWh) }
}

function least(one: bigint, other: bigint): bigint {
  return one < other ? one : other
}

function most(one: bigint, other: bigint): bigint {
  return one > other ? one : other
}
