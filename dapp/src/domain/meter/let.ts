/** A stretch of time in Unix seconds, `until` excluded. */
export interface Stretch {
  readonly from: bigint
  readonly until: bigint
}

/** What of a lease says when its units were due: its term, ended by a stop, without the epochs over which it was suspended. */
export interface LetTime extends Stretch {
  readonly units: bigint
  readonly suspended: readonly Stretch[]
}

/** The oracle's clock: seconds. */
export interface EpochClock {
  readonly genesis: bigint
  readonly epochLength: bigint
}

/** A lease as `readLease` has it, as far as its time goes. `stop` is 0 while it is not stopped. */
export interface LetLease {
  readonly leaseId: bigint
  readonly terms: { readonly units: bigint; readonly start: bigint; readonly end: bigint }
  readonly state: { readonly stop: bigint }
}

/** Suspended and Resumed of CapacityLease, ascending. */
export interface SuspensionEvent {
  readonly leaseId: bigint
  readonly name: 'Suspended' | 'Resumed'
  /** The block's time, Unix seconds. */
  readonly time: bigint
}

/**
 * When a lease's units were due. An epoch is suspended whole, if the lease was suspended at the last block at or before its start: so a suspension is taken
 * from the first epoch that starts at or after it to the first that starts at or after its end (ARCHITECTURE, section 3).
 */
export function letTimeOf(lease: LetLease, events: readonly SuspensionEvent[], clock: EpochClock): LetTime {
  const { units, start, end } = lease.terms
  const { stop } = lease.state
  const until = stop > 0n && stop < end ? stop : end
  const suspended: Stretch[] = []
  let since: bigint | null = null
  for (const { leaseId, name, time } of events) {
    if (leaseId !== lease.leaseId) continue
    if (name === 'Suspended') since ??= time
    else if (since !== null) {
      suspended.push({ from: epochStartUp(since, clock), until: epochStartUp(time, clock) })
      since = null
    }
  }
  if (since !== null) suspended.push({ from: epochStartUp(since, clock), until })
  return { units, from: start, until, suspended }
}

/** Unit-seconds that were let within a stretch, suspensions left out. */
export function letWithin(leases: readonly LetTime[], stretch: Stretch): bigint {
  return leases.reduce((sum, lease) => sum + lease.units * dueSeconds(lease, stretch), 0n)
}

function dueSeconds(lease: LetTime, stretch: Stretch): bigint {
  const term = overlap(lease, stretch)
  const held = lease.suspended.reduce((sum, pause) => sum + secondsOf(overlap(pause, term)), 0n)
  return secondsOf(term) - held
}

function overlap(one: Stretch, other: Stretch): Stretch {
  return { from: one.from > other.from ? one.from : other.from, until: one.until < other.until ? one.until : other.until }
}

function secondsOf({ from, until }: Stretch): bigint {
  return until > from ? until - from : 0n
}

function epochStartUp(time: bigint, { genesis, epochLength }: EpochClock): bigint {
  if (time <= genesis) return genesis
  return genesis + ((time - genesis + epochLength - 1n) / epochLength) * epochLength
}
