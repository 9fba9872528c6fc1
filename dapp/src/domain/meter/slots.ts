import type { BucketModel } from '../../node/answers'
import { letWithin, type EpochClock, type LetTime } from './let'

/**
 * What became of a fleet's units over one bucket of reports. Unit-seconds, Wh, Unix seconds; over the `known` seconds of it:
 * busy + idle = delivered and delivered + outage + unlet + missing = capacity.
 */
export interface Slot {
  readonly from: bigint
  readonly until: bigint
  readonly firstEpoch: bigint
  readonly lastEpoch: bigint
  /** Seconds that the node holds readings for. 0: it does not know, and every counter is 0. */
  readonly known: bigint
  readonly capacity: bigint
  readonly busy: bigint
  readonly delivered: bigint
  /** Measured while let, and not delivered: at least this much, for what was missing may have been let or not. */
  readonly outage: bigint
  /** Measured and nobody's, or held back while its lease was suspended. */
  readonly unlet: bigint
  /** No telemetry: never billed. */
  readonly missing: bigint
  readonly energyWh: bigint
  /** The lowest in it; null where nothing is known. */
  readonly trustLevel: number | null
  readonly flags: readonly string[]
}

/** A node's buckets taken apart, oldest first. `units` are the fleet's on the chain; counters beyond what they allow are cut. */
export function slotsOf(buckets: readonly BucketModel[], units: bigint, leases: readonly LetTime[]): Slot[] {
  return buckets.map((bucket) => slotOf(bucket, units, leases))
}

/**
 * The slots, and where they end before the chain's newest report (`headEpoch`) does, one more of which nothing is known: the node that told of them lags behind, or
 * no later report has the fleet.
 */
export function upToHead(slots: readonly Slot[], { genesis, epochLength }: EpochClock, headEpoch: bigint): readonly Slot[] {
  const last = slots.at(-1)
  const until = genesis + (headEpoch + 1n) * epochLength
  if (last === undefined || last.lastEpoch >= headEpoch || last.until >= until) return slots
  const none = { known: 0n, capacity: 0n, busy: 0n, delivered: 0n, outage: 0n, unlet: 0n, missing: 0n, energyWh: 0n, trustLevel: null, flags: [] }
  return [...slots, { ...none, from: last.until, until, firstEpoch: last.lastEpoch + 1n, lastEpoch: headEpoch }]
}

function slotOf(bucket: BucketModel, units: bigint, leases: readonly LetTime[]): Slot {
  const [from, until, known] = [BigInt(bucket.start_unix_s), BigInt(bucket.end_unix_s), BigInt(bucket.known_s)]
  const span = until - from
  const capacity = units * known
  const measured = atMost(BigInt(bucket.measured_unit_s), capacity)
  const delivered = atMost(BigInt(bucket.delivered_unit_s), measured)
  const whole = letWithin(leases, { from, until })
  // Of a bucket that is known in part only, the part that was let is taken to be the same.
  const due = atMost(known < span ? (whole * known) / span : whole, capacity)
  const unlet = atMost(measured - delivered, capacity - due)
  return {
    from,
    until,
    firstEpoch: BigInt(bucket.first_epoch),
    lastEpoch: BigInt(bucket.last_epoch),
    known,
    capacity,
    busy: atMost(BigInt(bucket.utilised_unit_s), delivered),
    delivered,
    outage: measured - delivered - unlet,
    unlet,
    missing: capacity - measured,
    energyWh: BigInt(bucket.energy_wh),
    trustLevel: bucket.trust_level,
    flags: bucket.flags,
  }
}

function atMost(value: bigint, limit: bigint): bigint {
  return value < limit ? value : limit
}
