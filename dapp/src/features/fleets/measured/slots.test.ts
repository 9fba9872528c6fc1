import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { figuresOf, totalsOf } from '../../../domain/meter/figures'
import { letTimeOf, letWithin, type LetTime } from '../../../domain/meter/let'
import { busyShares } from '../../../domain/meter/shares'
import { slotsOf, upToHead, type Slot } from '../../../domain/meter/slots'
import type { BucketModel } from '../../../node/answers'
import { columnsOf } from './columns'
import { nothingsOf } from './nothings'
import { firstEpochOf } from './ranges'

const CLOCK = { genesis: 0n, epochLength: 3600n }
const NONE = { measured_units: null, delivered_units: null, utilised_units: null, missing_share: null, trust_level: 1, flags: [] }

/** One hour of a fleet of 8, from hour `hour`. */
function bucket(hour: number, counters: Partial<BucketModel>): BucketModel {
  const sums = { measured_unit_s: 0, delivered_unit_s: 0, utilised_unit_s: 0, energy_wh: 0 }
  const place = { start_unix_s: hour * 3600, end_unix_s: (hour + 1) * 3600, first_epoch: hour, last_epoch: hour, steps: 1, known_s: 3600 }
  return { ...place, ...sums, ...NONE, ...counters }
}

function slot(hour: number, counters: Partial<BucketModel>, leases: readonly LetTime[] = []): Slot {
  const [made] = slotsOf([bucket(hour, counters)], 8n, leases)
  if (made === undefined) throw new Error('no slot')
  return made
}

const lease = (units: bigint, from: bigint, until: bigint): LetTime => ({ units, from, until, suspended: [] })
const HOURS = 3600

describe('measured and not delivered', () => {
  test('is not let while nobody leases, and an outage while all is let', () => {
    const seen = { measured_unit_s: 8 * HOURS, delivered_unit_s: 5 * HOURS, utilised_unit_s: 4 * HOURS }
    expect(slot(1, seen)).toMatchObject({ outage: 0n, unlet: 3n * 3600n, missing: 0n })
    expect(slot(1, seen, [lease(8n, 0n, 7200n)])).toMatchObject({ outage: 3n * 3600n, unlet: 0n })
    expect(slot(1, seen, [lease(6n, 0n, 7200n)])).toMatchObject({ outage: 1n * 3600n, unlet: 2n * 3600n })
  })

  test('is told apart from what was not measured at all', () => {
    const made = slot(1, { measured_unit_s: 6 * HOURS, delivered_unit_s: 6 * HOURS, utilised_unit_s: 0 }, [lease(8n, 0n, 7200n)])
    expect(made).toMatchObject({ outage: 0n, unlet: 0n, missing: 2n * 3600n })
  })

  test('of a bucket the node knows nothing of is nothing: all counters are zero and the time is unknown', () => {
    const made = slot(1, { known_s: 0, trust_level: null }, [lease(8n, 0n, 7200n)])
    expect(made).toMatchObject({ known: 0n, capacity: 0n, outage: 0n, unlet: 0n, missing: 0n })
    expect(nothingsOf([made])).toMatchObject([{ kind: 'unknown', noReport: false }])
  })
})

const counters = fc.record({
  known_s: fc.integer({ min: 0, max: 3600 }),
  measured_unit_s: fc.integer({ min: 0, max: 40_000 }),
  delivered_unit_s: fc.integer({ min: 0, max: 40_000 }),
  utilised_unit_s: fc.integer({ min: 0, max: 40_000 }),
  energy_wh: fc.integer({ min: 0, max: 1_000_000 }),
})
const leases = fc.array(
  fc.record({ units: fc.bigInt({ min: 0n, max: 20n }), from: fc.bigInt({ min: 0n, max: 9000n }), until: fc.bigInt({ min: 0n, max: 9000n }) }).map((each) => ({ ...each, suspended: [] })),
  { maxLength: 4 },
)

test('whatever a node says, the parts of a slot add up to the capacity and none is below zero', () => {
  fc.assert(
    fc.property(counters, leases, (said, let_) => {
      const made = slot(1, said, let_)
      expect(made.delivered + made.outage + made.unlet + made.missing).toBe(made.capacity)
      expect(made.busy).toBeLessThanOrEqual(made.delivered)
      for (const part of [made.busy, made.delivered, made.outage, made.unlet, made.missing]) expect(part).toBeGreaterThanOrEqual(0n)
    }),
  )
})

test('an outage is never more than what was let', () => {
  fc.assert(
    fc.property(counters, leases, (said, let_) => {
      const made = slot(1, { ...said, known_s: 3600 }, let_)
      expect(made.outage).toBeLessThanOrEqual(letWithin(let_, { from: 3600n, until: 7200n }))
    }),
  )
})

describe('when units were let', () => {
  const terms = { units: 2n, start: 3600n, end: 36_000n }
  const none = { stop: 0n }

  test('a stop ends the term', () => {
    expect(letTimeOf({ leaseId: 1n, terms, state: { stop: 7200n } }, [], CLOCK)).toMatchObject({ from: 3600n, until: 7200n })
  })

  test('a suspension is taken by whole epochs, from the first that starts at or after it to the first that starts at or after its end', () => {
    const events = [
      { leaseId: 1n, name: 'Suspended' as const, time: 7201n },
      { leaseId: 2n, name: 'Resumed' as const, time: 7300n },
      { leaseId: 1n, name: 'Resumed' as const, time: 14_400n },
      { leaseId: 1n, name: 'Suspended' as const, time: 18_000n },
    ]
    const time = letTimeOf({ leaseId: 1n, terms, state: none }, events, CLOCK)
    expect(time.suspended).toEqual([
      { from: 10_800n, until: 14_400n },
      { from: 18_000n, until: 36_000n },
    ])
    expect(letWithin([time], { from: 0n, until: 40_000n })).toBe(2n * (32_400n - 3600n - 18_000n))
    expect(letWithin([time], { from: 12_000n, until: 13_000n })).toBe(0n)
  })
})

describe('a node that lags behind the chain', () => {
  const told = slotsOf([bucket(1, {}), bucket(2, {})], 8n, [])

  test('leaves a stretch up to the newest report of which nothing is known', () => {
    const shown = upToHead(told, CLOCK, 5n)
    expect(shown.slice(0, 2)).toEqual(told)
    expect(shown[2]).toMatchObject({ from: 10_800n, until: 21_600n, firstEpoch: 3n, lastEpoch: 5n, known: 0n, capacity: 0n })
    expect(nothingsOf(shown)).toContainEqual({ kind: 'unknown', from: 10_800n, until: 21_600n, unitSeconds: 0n, noReport: false })
    expect(figuresOf(totalsOf(shown))).toEqual(figuresOf(totalsOf(told)))
    expect(columnsOf(shown).busy.at(-1)).toBeNull()
  })

  test('and one that is level with it, ahead of it or says nothing leaves none', () => {
    expect(upToHead(told, CLOCK, 2n)).toBe(told)
    expect(upToHead(told, CLOCK, 0n)).toBe(told)
    expect(upToHead([], CLOCK, 5n)).toEqual([])
  })
})

describe('bands', () => {
  const all = [lease(8n, 0n, 360_000n)]
  const dark = { measured_unit_s: 8 * HOURS, delivered_unit_s: 0 }
  const silent = { measured_unit_s: 0 }
  const well = { measured_unit_s: 8 * HOURS, delivered_unit_s: 8 * HOURS }

  test('join what touches, add up what was lost, and keep the kinds apart', () => {
    const slots = slotsOf([bucket(1, dark), bucket(2, dark), bucket(3, well), bucket(4, silent), bucket(5, { known_s: 0 })], 8n, all)
    expect(nothingsOf(slots)).toEqual([
      { kind: 'outage', from: 3600n, until: 10_800n, unitSeconds: 16n * 3600n, noReport: false },
      { kind: 'missing', from: 14_400n, until: 18_000n, unitSeconds: 8n * 3600n, noReport: false },
      { kind: 'unknown', from: 18_000n, until: 21_600n, unitSeconds: 0n, noReport: false },
    ])
  })

  test('say where no report tells of the fleet', () => {
    const slots = slotsOf([bucket(1, well), bucket(4, well)], 8n, all)
    expect(nothingsOf(slots)).toEqual([{ kind: 'unknown', from: 7200n, until: 14_400n, unitSeconds: 0n, noReport: true }])
  })

  test('are not drawn for a moment: less than 3 % of the capacity', () => {
    expect(nothingsOf([slot(1, { ...well, measured_unit_s: 8 * HOURS, delivered_unit_s: 8 * HOURS - 863 }, all)])).toEqual([])
    expect(nothingsOf([slot(1, { ...well, delivered_unit_s: 8 * HOURS - 864 }, all)])).toHaveLength(1)
  })
})

describe('figures', () => {
  test('are shares of sums, rounded down, as worked out by hand', () => {
    const slots = slotsOf(
      [bucket(1, { measured_unit_s: 28_800, delivered_unit_s: 28_800, utilised_unit_s: 14_400, energy_wh: 4000 }), bucket(2, { measured_unit_s: 28_800, delivered_unit_s: 14_400, utilised_unit_s: 14_400, energy_wh: 2000 })],
      8n,
      [lease(8n, 0n, 360_000n)],
    )
    const totals = totalsOf(slots)
    expect(totals).toMatchObject({ span: 7200n, capacity: 57_600n, delivered: 43_200n, outage: 14_400n })
    expect(figuresOf(totals)).toEqual({
      busyOfDelivered: 666_666n,
      busyOfCapacity: 500_000n,
      deliveredOfCapacity: 750_000n,
      missingOfCapacity: 0n,
      availability: 750_000n,
      meanWatts: 3000n,
      whPerDeliveredHour: 500n,
      whPerBusyHour: 750n,
    })
  })

  test('without energy there is no power, and without a lease no availability: nothing is drawn as zero', () => {
    const idle = slot(1, { measured_unit_s: 28_800 })
    expect(figuresOf(totalsOf([idle]))).toMatchObject({ meanWatts: undefined, whPerDeliveredHour: undefined, availability: undefined })
    const drawn = columnsOf([idle, slot(2, { known_s: 0 })])
    expect(drawn.watts).toEqual([null, null])
    expect(drawn.availability).toEqual([null, null])
    expect(drawn.busy).toEqual([0, null])
    expect(drawn.unlet).toEqual([1, null])
    expect(drawn.outage).toEqual([null, null])
  })

  test('mean power is over the time it was read, not over an outage', () => {
    const slots = slotsOf([bucket(1, { measured_unit_s: 28_800, energy_wh: 4000 }), bucket(2, { measured_unit_s: 28_800 })], 8n, [])
    expect(figuresOf(totalsOf(slots)).meanWatts).toBe(4000n)
  })

  test('of nothing are none', () => {
    expect(totalsOf([])).toMatchObject({ span: 0n, capacity: 0n })
    expect(figuresOf(totalsOf([])).busyOfCapacity).toBeUndefined()
  })
})

test('the small line of the list has a gap where nobody knows, and zero where nobody worked', () => {
  const well = { measured_unit_s: 28_800, delivered_unit_s: 28_800, utilised_unit_s: 14_400 }
  const slots = slotsOf([bucket(1, well), bucket(2, { measured_unit_s: 14_400 }), bucket(3, { measured_unit_s: 14_401 }), bucket(4, { known_s: 0 })], 8n, [])
  expect(busyShares(slots)).toEqual([0.5, null, 0, null])
})

test('a range begins with the epoch that its first second lies in, and never before epoch 1', () => {
  const now = 40n * 86_400n
  expect(firstEpochOf('all', now, CLOCK)).toBe(1n)
  expect(firstEpochOf('day', now, CLOCK)).toBe(39n * 24n)
  expect(firstEpochOf('month', now, CLOCK)).toBe(240n)
  expect(firstEpochOf('month', 86_400n, CLOCK)).toBe(1n)
  expect(firstEpochOf('day', 90_000n + 1800n, { genesis: 0n, epochLength: 3600n })).toBe(1n)
})
