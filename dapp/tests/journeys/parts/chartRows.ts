import type { Address } from 'viem'
import { capacityLeaseAbi } from '../../../src/chain/abi/CapacityLease'
import type { Chain } from '../../harness/chain'
import { objectOf } from '../../harness/json'
import { moment, ofPpm, hours } from './expected'
import { logsOf, whole } from './logs'

/** A node's bucket, as far as a chart of the capacity shows it. Unix seconds and unit-seconds. */
export interface Bucket {
  readonly start: bigint
  readonly end: bigint
  readonly known: bigint
  readonly measured: bigint
  readonly delivered: bigint
  readonly utilised: bigint
  /** Wh of all boards, let or not. */
  readonly energy: bigint
}

/** A lease's time as its event has it; of a world in which none was suspended or stopped. */
export interface Term {
  readonly units: bigint
  readonly start: bigint
  readonly end: bigint
}

export function bucketsOf(answer: unknown): readonly Bucket[] {
  const { buckets } = objectOf(answer)
  if (!Array.isArray(buckets)) throw new Error('the node told no buckets')
  return buckets.map((each: unknown) => {
    const of = (name: string): bigint => BigInt(Number(objectOf(each)[name]))
    return { start: of('start_unix_s'), end: of('end_unix_s'), known: of('known_s'), measured: of('measured_unit_s'), delivered: of('delivered_unit_s'), utilised: of('utilised_unit_s'), energy: of('energy_wh') }
  })
}

/** Every lease ever opened of a fleet. */
export async function termsOf(chain: Chain, leases: Address, fleet: bigint): Promise<readonly Term[]> {
  const opened = await logsOf(chain, capacityLeaseAbi, leases, ['LeaseOpened'])
  return opened
    .filter((log) => whole(log, 'fleetId') === fleet)
    .map(({ args }) => {
      const { units, start, end } = objectOf(args['request'])
      return { units: BigInt(Number(units)), start: BigInt(Number(start)), end: BigInt(Number(end)) }
    })
}

/** What became of a bucket's capacity: shares, and the parts that are lost or missing in unit-seconds. */
export function partsOf(bucket: Bucket, units: bigint, terms: readonly Term[]) {
  const capacity = units * bucket.known
  const due = terms.reduce((sum, { units: let_, start, end }) => {
    const [from, until] = [start > bucket.start ? start : bucket.start, end < bucket.end ? end : bucket.end]
    return until > from ? sum + let_ * (until - from) : sum
  }, 0n)
  const undelivered = bucket.measured - bucket.delivered
  const free = capacity - due
  const unlet = undelivered < free ? undelivered : free
  return { capacity, busy: bucket.utilised, idle: bucket.delivered - bucket.utilised, outage: undelivered - unlet, unlet, missing: capacity - bucket.measured }
}

const NAMES = { busy: 'Busy', idle: 'Delivered, idle', outage: 'Outage while let', unlet: 'Not let', missing: 'No telemetry' } as const
type Name = keyof typeof NAMES

/**
 * The table that says the same as the chart of the capacity: its head and a row a bucket, made of the node's own buckets and the chain's leases. Outage, missing and
 * unknown are told apart twice: by their column, and in words for the whole stretch.
 */
export function chartRows(buckets: readonly Bucket[], units: bigint, terms: readonly Term[]): { readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] } {
  const parts = buckets.map((bucket) => partsOf(bucket, units, terms))
  const shown = (['busy', 'idle', 'outage', 'unlet', 'missing'] as const).filter((name) => name === 'busy' || name === 'idle' || name === 'unlet' || parts.some((each) => each[name] > 0n))
  const share = (name: Name, place: number): string => {
    const part = parts[place]
    if (part === undefined || part.capacity === 0n || ((name === 'outage' || name === 'missing') && part[name] === 0n)) return '–'
    return ofPpm(BigInt(Math.round((Number(part[name]) / Number(part.capacity)) * 1e6)))
  }
  const remark = (place: number): string => {
    const said: string[] = []
    if (buckets[place]?.known === 0n) said.push('Not known to this node')
    for (const [kind, word] of [
      ['outage', 'lost'],
      ['missing', 'missing'],
    ] as const) {
      const run = runAround(place, (at) => isVisible(parts[at]?.[kind], parts[at]?.capacity), buckets)
      if (run.length > 0) said.push(`${kind === 'outage' ? 'Outage' : 'No telemetry'}, ${hours(run.reduce((sum, at) => sum + (parts[at]?.[kind] ?? 0n), 0n))} GPU-h ${word}`)
    }
    return said.sort().join('; ')
  }
  return {
    head: ['Time', ...shown.map((name) => NAMES[name]), 'Remark'],
    rows: buckets.map((bucket, place) => [moment(bucket.start), ...shown.map((name) => share(name, place)), remark(place)]),
  }
}

/** From 3 % of the capacity on. */
function isVisible(part = 0n, capacity = 0n): boolean {
  return capacity > 0n && (part * 1_000_000n) / capacity >= 30_000n
}

/** The places of the unbroken stretch around `place` for which `holds`; none where it does not hold there. */
function runAround(place: number, holds: (at: number) => boolean, buckets: readonly Bucket[]): readonly number[] {
  if (!holds(place)) return []
  let [first, last] = [place, place]
  while (first > 0 && holds(first - 1) && buckets[first - 1]?.end === buckets[first]?.start) first -= 1
  while (last + 1 < buckets.length && holds(last + 1) && buckets[last]?.end === buckets[last + 1]?.start) last += 1
  return Array.from({ length: last - first + 1 }, (_, at) => first + at)
}
