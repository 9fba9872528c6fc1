import { partsOf, type Bucket, type Term } from './chartRows'
import { amount, count, energy, hours, moment, ofPpm } from './expected'

/** Below this share of busy time, parts per million, energy for each busy hour says nothing. */
const LEAST_BUSY = 10_000n

interface Rows {
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/**
 * What a fleet's page says of power, energy for an hour of work, availability, and of the whole time in figures: made of the node's own buckets, the chain's leases
 * and the target. Every figure is a share of sums, rounded down.
 */
export function measuredOf(buckets: readonly Bucket[], units: bigint, terms: readonly Term[], targetBps: bigint): { readonly charts: Readonly<Record<string, Rows>>; readonly figures: Readonly<Record<string, string>> } {
  const parts = buckets.map((bucket) => ({ ...partsOf(bucket, units, terms), energy: bucket.energy, powered: bucket.energy > 0n ? bucket.known : 0n }))
  const each = parts.map((part) => sharesOf(part))
  const time = (place: number): string => moment(buckets[place]?.start ?? 0n)
  const target = ofPpm(targetBps * 100n, 2)
  const sums = parts.reduce((sum, part) => ({
    capacity: sum.capacity + part.capacity,
    busy: sum.busy + part.busy,
    idle: sum.idle + part.idle,
    outage: sum.outage + part.outage,
    unlet: sum.unlet + part.unlet,
    missing: sum.missing + part.missing,
    energy: sum.energy + part.energy,
    powered: sum.powered + part.powered,
  }))
  const all = sharesOf(sums)
  const wattHours = (wh: bigint | null): string => (wh === null ? '–' : `${count(wh)} Wh`)
  return {
    charts: {
      Power: { head: ['Mean power'], rows: each.map(({ watts }, place) => [time(place), power(watts)]) },
      'Energy per GPU-hour': {
        head: ['Per hour delivered', 'Per hour busy'],
        rows: each.map(({ whPerDelivered, whPerBusy, busy }, place) => [time(place), wattHours(whPerDelivered), wattHours(busy !== null && busy >= LEAST_BUSY ? whPerBusy : null)]),
      },
      Availability: {
        head: ['Availability', `Target ${target}`],
        rows: each.map(({ availability }, place) => [time(place), share(availability), target]),
      },
    },
    figures: {
      Busy: `${share(all.busy)} | of the capacity; ${share(all.busyOfDelivered)} of what was delivered`,
      Delivered: `${hours(sums.busy + sums.idle)} | GPU-h | ${share(all.delivered)} of the capacity`,
      Availability: `${share(all.availability, 2)} | of what was let and measured; target ${target}`,
      Outage: `${hours(sums.outage)} | GPU-h | measured while let, not delivered`,
      'No telemetry': `${hours(sums.missing)} | GPU-h | ${share(all.missing)} of the capacity; never billed`,
      'Mean power': `${power(all.watts)} | of all boards, while read; ${energy(sums.energy)} in all`,
      'Energy per GPU-hour': `${count(all.whPerDelivered ?? 0n)} | Wh | delivered; ${count(all.whPerBusy ?? 0n)} Wh per busy one`,
    },
  }
}

interface Sums {
  readonly capacity: bigint
  readonly busy: bigint
  readonly idle: bigint
  readonly outage: bigint
  readonly missing: bigint
  readonly energy: bigint
  readonly powered: bigint
}

/** Parts per million, W, and Wh for each GPU-hour; null where there is nothing to be a part of. */
function sharesOf({ capacity, busy, idle, outage, missing, energy: wh, powered }: Sums) {
  const of = (part: bigint, whole: bigint, scale: bigint): bigint | null => (whole > 0n ? (part * scale) / whole : null)
  const ppm = (part: bigint, whole: bigint): bigint | null => of(part, whole, 1_000_000n)
  const perHour = (unitSeconds: bigint): bigint | null => (wh > 0n ? of(wh, unitSeconds, 3600n) : null)
  const delivered = busy + idle
  return {
    busy: ppm(busy, capacity),
    busyOfDelivered: ppm(busy, delivered),
    delivered: ppm(delivered, capacity),
    missing: ppm(missing, capacity),
    availability: ppm(delivered, delivered + outage),
    watts: wh > 0n ? of(wh, powered, 3600n) : null,
    whPerDelivered: perHour(delivered),
    whPerBusy: perHour(busy),
  }
}

function share(ppm: bigint | null, digits = 1): string {
  return ppm === null ? '–' : ofPpm(ppm, digits)
}

/** Whole W, or kW with two decimals at most, rounded down. */
function power(watts: bigint | null): string {
  if (watts === null) return '–'
  return watts < 1000n ? `${watts} W` : `${amount(watts * 1000n, 2).replace(/\.?0+$/, '')} kW`
}
