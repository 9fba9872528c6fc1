import type { Lease } from '../../chain/read/leases'
import type { Oracle } from '../../chain/read/oracle'
import { escrowUp, paidSecondsDown, rentDown } from '../../format/leasePrice'
import { periodEnd } from '../periodEnd'
import { termEnd } from './state'

const HOUR = 3600n

export type Clock = Pick<Oracle, 'genesis' | 'epochLength' | 'observationDelay' | 'disputeWindow'>

/** How far a lease's escrow reaches if every unit is delivered from now on. Times are Unix seconds. */
export interface Reach {
  /** From when on the escrow has to pay: LeaseLedger's settledTo. */
  readonly settledTo: bigint
  readonly end: bigint
  /** When it is used up; null if it pays for the rest of the term. */
  readonly usedUpAt: bigint | null
  /**
   * The end of the first epoch whose settlement leaves less than the runway, and so suspends the lease; null if none does. For one that is suspended
   * already, or in debt, it is the next settlement.
   */
  readonly suspendedAfter: bigint | null
}

/** What a lease's reach follows from; smallest units and unit-seconds. */
export interface Escrow {
  readonly units: bigint
  readonly rate: bigint
  readonly notice: bigint
  readonly end: bigint
  readonly settledTo: bigint
  readonly held: bigint
  readonly debt: bigint
  readonly owed: bigint
  /** Delivered up to settledTo, as billed. */
  readonly delivered: bigint
}

/** ICapacityLease: how much of its term an escrow must cover at least: notice + 2 L + D + dispute, seconds. */
export function runwayTail(notice: bigint, clock: Clock): bigint {
  return notice + 2n * clock.epochLength + clock.observationDelay + clock.disputeWindow
}

/** LeaseLedger._runway at a moment up to which the lease was settled. */
export function runwayAt(settledTo: bigint, { units, rate, notice, end }: Escrow, clock: Clock): bigint {
  const left = end > settledTo ? end - settledTo : 0n
  const tail = runwayTail(notice, clock)
  return escrowUp(units, rate, left < tail ? left : tail)
}

/** The reach of an open lease. */
export function reachOf(escrow: Escrow, clock: Clock): Reach {
  const { units, rate, held, debt, owed, delivered, settledTo, end } = escrow
  const heldAfter = (time: bigint): bigint => held - debt - (rentDown(delivered + units * (time - settledTo), rate) - owed)
  const paid = heldAfter(end) >= 0n ? undefined : (paidSecondsDown(held > debt ? held - debt : 0n, units, rate) ?? undefined)
  const usedUpAt = settledTo >= end || paid === undefined ? null : settledTo + paid
  return { settledTo, end, usedUpAt, suspendedAfter: firstShort() }

  /** Settlement at the term's end closes the lease instead. */
  function firstShort(): bigint | null {
    const { epochLength, genesis } = clock
    const timeOf = (epoch: bigint): bigint => genesis + epoch * epochLength
    const isShort = (epoch: bigint): boolean => heldAfter(timeOf(epoch)) < runwayAt(timeOf(epoch), escrow, clock)
    const first = (settledTo - genesis) / epochLength + 1n
    // The last epoch boundary before the end, and the first one from which the runway is what is left of the term.
    const last = (end - genesis - 1n) / epochLength
    const tailFrom = most(first, (end - runwayTail(escrow.notice, clock) - genesis) / epochLength + 1n)

    // Until then the runway stays as it is while the escrow falls: once short, always short.
    let low = first
    let high = least(tailFrom, last + 1n)
    while (low < high) {
      const middle = (low + high) / 2n
      if (isShort(middle)) high = middle
      else low = middle + 1n
    }
    if (low < tailFrom && low <= last) return timeOf(low)
    // From then on both fall alike, and only rounding tells one boundary from the next; its pattern repeats after as many as an hour has seconds.
    for (let epoch = tailFrom; epoch <= last && epoch < tailFrom + HOUR; epoch += 1n) if (isShort(epoch)) return timeOf(epoch)
    return null
  }
}

/** The same for a lease as it stands. */
export function reachOfLease(lease: Lease, clock: Clock): Reach {
  return reachOf(escrowOf(lease, clock), clock)
}

function escrowOf(lease: Lease, clock: Clock): Escrow {
  const { terms, state, account, totals, reading } = lease
  const from = settledToOf(lease, clock)
  const sold = terms.units * ((from < termEnd(lease) ? from : termEnd(lease)) - terms.start)
  return {
    units: terms.units,
    rate: terms.rate,
    notice: state.notice,
    end: termEnd(lease),
    settledTo: from,
    held: account.held,
    debt: totals.debt,
    owed: account.owed,
    delivered: reading.delivered < sold ? reading.delivered : sold,
  }
}

/** LeaseLedger: the start, until an epoch of the term is settled; then that epoch's end. */
export function settledToOf({ terms, account }: Pick<Lease, 'terms' | 'account'>, clock: Pick<Clock, 'genesis' | 'epochLength'>): bigint {
  if (account.settledEpoch === 0n) return terms.start
  const end = periodEnd(clock, account.settledEpoch)
  return end > terms.start ? end : terms.start
}

/** Why an open lease is, or at the next settlement would be, suspended: what its escrow lacks, smallest units; 0 if it lacks nothing. */
export function lacking({ account, totals, runway }: Pick<Lease, 'account' | 'totals' | 'runway'>): bigint {
  if (runway === null) return 0n
  const wanted = runway + totals.debt
  return wanted > account.held ? wanted - account.held : 0n
}

function least(one: bigint, other: bigint): bigint {
  return one < other ? one : other
}

function most(one: bigint, other: bigint): bigint {
  return one > other ? one : other
}
