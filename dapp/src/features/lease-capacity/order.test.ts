import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { FleetSummary } from '../../chain/read/fleets'
import { boundaryAfter, fromField, MARGIN, MAX_LEAD, startsAt, toField } from './grid'
import { escrowProblem, quote, type Wish } from './order'

const GRID = { genesis: 7_200n, epochLength: 3600n }
const SPEC: FleetSummary['spec'] = {
  currency: '0x00000000000000000000000000000000000000AA',
  listRate: 2_350_000n,
  units: 8n,
  boardWatts: 700,
  availabilityBps: 9900,
  penaltyBps: 5000,
  creditCapBps: 3000,
  notice: 43_200n,
  model: '',
  site: '',
}
const FLEET = { spec: SPEC, unitsFree: 6n }
const NOW = 1_000_000n

const wishOf = (parts: Partial<Wish>): Wish => ({ units: 2n, start: startsAt(NOW, GRID).first, until: { by: 'length', seconds: 7_200n }, ...parts })

describe('the starts that can be asked for', () => {
  test('are boundaries that the contract takes for as long as it takes to sign, and no later than 30 days', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 33n), fc.constantFrom(600n, 1800n, 3600n, 86_400n), fc.bigInt(1n, 1000n), (now, epochLength, epochs) => {
        const grid = { genesis: epochs * epochLength, epochLength }
        const { first, last } = startsAt(now, grid)
        // CapacityLease._checkRequest, at the quote and MARGIN seconds later.
        for (const block of [now, now + MARGIN]) {
          expect(first % epochLength).toBe(0n)
          expect(first >= block + 2n * epochLength && first >= grid.genesis + epochLength).toBe(true)
        }
        expect(last % epochLength).toBe(0n)
        expect(last <= now + MAX_LEAD).toBe(true)
        expect(last + epochLength > now + MAX_LEAD).toBe(true)
      }),
    )
  })

  test('are taken from a field as UTC, to the next boundary', () => {
    expect(fromField('2026-10-06T12:10')).toBe(1_791_288_600n)
    expect(boundaryAfter(1_791_288_600n, 3600n)).toBe(1_791_291_600n)
    expect(boundaryAfter(7_200n, 3600n)).toBe(7_200n)
    for (const none of ['', '2026-10-06', '2026-13-06T00:00', '06/10/2026', '275761-01-01T00:00', '2026-10-06T12:10Z']) expect(fromField(none)).toBeNull()
  })

  test('come back from a field as they were put there', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 4_000_000_000n), (minute) => {
        expect(fromField(toField(minute * 60n))).toBe(minute * 60n)
      }),
    )
    expect(toField(2n ** 40n)).toBe('')
  })
})

describe('a quote', () => {
  test('is the price of the term on the grid', () => {
    const { order } = quote(wishOf({ until: { by: 'length', seconds: 3_601n } }), FLEET, NOW, GRID)
    expect(order).toMatchObject({ units: 2n, price: { perHour: 4_700_000n, totalDown: 9_400_000n, escrowUp: 9_400_000n, seconds: 7_200n } })
  })

  test('is by an end as by the length up to it', () => {
    const { first } = startsAt(NOW, GRID)
    const byEnd = quote(wishOf({ until: { by: 'end', at: first + 7_199n } }), FLEET, NOW, GRID)
    expect(byEnd).toEqual(quote(wishOf({}), FLEET, NOW, GRID))
  })

  test('is none while a part is missing, and says nothing is wrong with it', () => {
    for (const parts of [{ units: null }, { start: null }, { until: { by: 'length', seconds: null } as const }]) {
      expect(quote(wishOf(parts), FLEET, NOW, GRID)).toMatchObject({ order: null, units: null, startProblem: null, endProblem: null })
    }
  })

  test('says what the contract would refuse', () => {
    const { first, last } = startsAt(NOW, GRID)
    const of = (parts: Partial<Wish>) => quote(wishOf(parts), FLEET, NOW, GRID)
    expect(of({ units: 0n })).toMatchObject({ order: null, units: { code: 'unitsNone' } })
    expect(of({ units: 7n })).toMatchObject({ order: null, units: { code: 'unitsFree', free: 6n } })
    expect(of({ start: first - 3_600n })).toMatchObject({ order: null, startProblem: { code: 'tooSoon', first } })
    expect(of({ start: last + 1n })).toMatchObject({ order: null, startProblem: { code: 'tooLate', last } })
    expect(of({ until: { by: 'end', at: first } })).toMatchObject({ order: null, endProblem: { code: 'noLength' } })
    expect(of({ until: { by: 'length', seconds: 0n } })).toMatchObject({ endProblem: { code: 'noLength' } })
    expect(of({ until: { by: 'length', seconds: 2n ** 48n } })).toMatchObject({ endProblem: { code: 'tooLong' } })
    const dear = { ...FLEET, spec: { ...SPEC, listRate: 2n ** 95n } }
    expect(quote(wishOf({}), dear, NOW, GRID)).toMatchObject({ endProblem: { code: 'tooMuch' } })
  })
})

describe('an escrow', () => {
  const cover = { atRisk: 60n, cover: 100n }

  test('is at least the runway, within what the nodes’ bonds cover, and what the payer has', () => {
    expect(escrowProblem(9n, 10n, 50n, cover)).toEqual({ code: 'belowRunway', runway: 10n })
    expect(escrowProblem(41n, 10n, 50n, cover)).toEqual({ code: 'cover', free: 40n })
    expect(escrowProblem(40n, 10n, 39n, cover)).toEqual({ code: 'balance', balance: 39n })
    expect(escrowProblem(40n, 10n, 40n, cover)).toBeNull()
    expect(escrowProblem(40n, 10n, null, cover)).toBeNull()
    expect(escrowProblem(2n ** 96n, 10n, null, { atRisk: 0n, cover: 2n ** 128n })).toEqual({ code: 'escrowTooLarge' })
  })
})
