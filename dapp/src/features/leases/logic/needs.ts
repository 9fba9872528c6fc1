import type { Lease } from '../../../chain/read/leases'
import type { Oracle } from '../../../chain/read/oracle'
import { lacking, reachOfLease } from '../../../domain/lease/runway'
import { stateOf } from '../../../domain/lease/state'
import { canTerminate } from './actions'

/** Something about a lease that its holder should do or know; ids `leases.need.<code>`. Amounts in smallest units, times in Unix seconds. */
export type Need =
  | { readonly code: 'refund'; readonly amount: bigint }
  | { readonly code: 'debt'; readonly amount: bigint }
  | { readonly code: 'suspended'; readonly amount: bigint; readonly at: bigint }
  /** At full delivery the settlement of the epoch that ends at `at` suspends it. */
  | { readonly code: 'short'; readonly at: bigint }
  | { readonly code: 'lastReading' }
  | { readonly code: 'creditUnpaid'; readonly amount: bigint }
  | { readonly code: 'creditPaid'; readonly amount: bigint }

/** Escrow that is short this soon is told: time to top it up, seconds. */
export const SOON = 2n * 86_400n

/** What is to be done, the most pressing first. */
export function needsOf(lease: Lease, now: bigint, oracle: Oracle): readonly Need[] {
  const { account, totals, state } = lease
  const needs: Need[] = []
  if (account.closed) {
    if (account.held > 0n) needs.push({ code: 'refund', amount: account.held })
  } else {
    if (totals.debt > 0n) needs.push({ code: 'debt', amount: totals.debt })
    if (state.suspendedAt > 0n) needs.push({ code: 'suspended', amount: lacking(lease), at: terminableAt(lease, now, oracle) })
    const at = stateOf(lease, now)
    if (at === 'ended' || at === 'terminated') needs.push({ code: 'lastReading' })
    else if (state.suspendedAt === 0n) {
      const { suspendedAfter } = reachOfLease(lease, oracle)
      if (suspendedAfter !== null && suspendedAfter <= now + SOON) needs.push({ code: 'short', at: suspendedAfter })
    }
  }
  if (state.creditUnpaid > 0n) needs.push({ code: 'creditUnpaid', amount: state.creditUnpaid })
  const paid = totals.creditOwed - state.creditUnpaid
  if (!account.closed && paid > 0n) needs.push({ code: 'creditPaid', amount: paid })
  return needs
}

function terminableAt(lease: Lease, now: bigint, oracle: Oracle): bigint {
  const taken = canTerminate(lease, now, oracle)
  return !taken.ok && taken.at !== undefined ? taken.at : lease.state.suspendedAt + lease.state.notice
}

/** Whether a need asks for something, or only tells. */
export function isPressing({ code }: Need): boolean {
  return code !== 'creditPaid' && code !== 'creditUnpaid'
}
