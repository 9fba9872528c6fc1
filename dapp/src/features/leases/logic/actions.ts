import type { Lease } from '../../../chain/read/leases'
import type { Oracle } from '../../../chain/read/oracle'
import { termEnd } from '../../../domain/lease/state'
import { periodEnd } from '../../../domain/periodEnd'

type Address = `0x${string}`

/** Whether the contract would take a call now; `why` is a code, its sentence `leases.not.<why>`. `at`: Unix seconds from which it might. */
export type Taken = { readonly ok: true } | { readonly ok: false; readonly why: WhyNot; readonly at?: bigint; readonly epoch?: bigint }

export type WhyNot =
  | 'closed'
  | 'noFinal'
  | 'nothingNew'
  | 'notSuspended'
  | 'noticeRunning'
  | 'stopping'
  | 'tooEarly'
  | 'settleFirst'
  | 'open'
  | 'notHolder'
  | 'nothingLeft'

/** LeaseLedger.SUNSET, seconds. */
export const SUNSET = 14n * 86_400n

const TAKEN: Taken = { ok: true }

/** `settle`. `finalEpoch`: the newest final report's that has the lease; null where none is known. An older one changes nothing, so it is not offered. */
export function canSettle({ account }: Pick<Lease, 'account'>, finalEpoch: bigint | null): Taken {
  if (account.closed) return no('closed')
  if (finalEpoch === null) return no('noFinal')
  return finalEpoch > account.settledEpoch ? TAKEN : { ok: false, why: 'nothingNew', epoch: account.settledEpoch }
}

/** `topUp`, by anyone. */
export function canTopUp({ account }: Pick<Lease, 'account'>): Taken {
  return account.closed ? no('closed') : TAKEN
}

/** `terminate`, by anyone, at `now` (Unix seconds). */
export function canTerminate(lease: Pick<Lease, 'terms' | 'state' | 'account'>, now: bigint, { epochLength }: Pick<Oracle, 'epochLength'>): Taken {
  if (lease.account.closed) return no('closed')
  const { suspendedAt, notice } = lease.state
  if (suspendedAt === 0n) return no('notSuspended')
  const until = suspendedAt + notice
  if (now < until) return { ok: false, why: 'noticeRunning', at: until }
  const end = termEnd(lease)
  return stopAt(now, epochLength) < end ? TAKEN : { ok: false, why: 'stopping', at: end }
}

/** Where `terminate` stops a lease: the next epoch boundary after `now`. */
export function stopAt(now: bigint, epochLength: bigint): bigint {
  return now - (now % epochLength) + epochLength
}

/** `sunsetClose`, by anyone, at `now`. `headMinedAt`: when the newest standing report was mined; 0 before the first. */
export function canClose(
  lease: Pick<Lease, 'terms' | 'state' | 'account'>,
  now: bigint,
  oracle: Pick<Oracle, 'genesis' | 'epochLength' | 'headEpoch'>,
  headMinedAt: bigint,
): Taken {
  if (lease.account.closed) return no('closed')
  const forgotten = termEnd(lease) + SUNSET
  if (now >= forgotten) return TAKEN
  const { start } = lease.terms
  const silent = (headMinedAt > start ? headMinedAt : start) + SUNSET
  const until = silent < forgotten ? silent : forgotten
  if (now < until) return { ok: false, why: 'tooEarly', at: until }
  const { headEpoch } = oracle
  const covered = headEpoch > lease.account.settledEpoch && periodEnd(oracle, headEpoch) > start
  return covered ? { ok: false, why: 'settleFirst', epoch: headEpoch } : TAKEN
}

/** `withdrawRefund`, by the holder of a closed lease. `viewer`: who would sign; null without one. */
export function canWithdraw({ account, holder }: Pick<Lease, 'account' | 'holder'>, viewer: Address | null): Taken {
  if (!account.closed) return no('open')
  if (account.held === 0n) return no('nothingLeft')
  return viewer !== null && holder !== null && viewer.toLowerCase() === holder.toLowerCase() ? TAKEN : no('notHolder')
}

function no(why: WhyNot): Taken {
  return { ok: false, why }
}
