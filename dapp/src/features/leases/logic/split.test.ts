import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Reading } from '../../../chain/proof/reading'
import { leaseOf } from '../../../domain/lease/fixtures'
import { chargeAt, splitOf } from './split'

const counter = fc.bigInt(0n, 2n ** 48n - 1n)
const small = fc.bigInt(0n, 100_000n)
const readings = fc.oneof(
  fc.record<Reading>({ measured: counter, delivered: counter, utilised: counter, breached: counter, energyWh: counter, flags: fc.constant(0) }),
  fc.record<Reading>({ measured: small, delivered: small, utilised: small, breached: small, energyWh: small, flags: fc.constant(0) }),
)
const terms = fc.record({ units: fc.bigInt(1n, 64n), rate: fc.bigInt(0n, 10n ** 13n), start: fc.bigInt(0n, 100_000n), length: fc.bigInt(1n, 100_000n) })
const dates = fc.record({ stop: fc.option(fc.bigInt(1n, 200_000n), { nil: 0n }), periodEnd: fc.bigInt(0n, 300_000n) })

describe('the time sold', () => {
  test('is what was delivered, what was out and what was missing, to the unit-second', () => {
    fc.assert(
      fc.property(terms, dates, readings, ({ units, rate, start, length }, { stop, periodEnd }, reading) => {
        const split = splitOf(leaseOf({ terms: { units, rate, start, end: start + length }, state: { stop } }), reading, periodEnd)
        expect(split.delivered + split.outage + split.missing).toBe(split.sold)
        for (const part of [split.delivered, split.outage, split.missing, split.sold, split.utilised, split.breached]) expect(part).toBeGreaterThanOrEqual(0n)
      }),
    )
  })

  test('is units x elapsed within the term, and none before it', () => {
    const lease = leaseOf({})
    const reading = { ...lease.reading, measured: 10_000n, delivered: 9_000n, utilised: 4_000n }
    expect(splitOf(lease, reading, 18_000n)).toMatchObject({ sold: 0n, delivered: 0n, deliveredPpm: undefined, upTo: 18_000n })
    expect(splitOf(lease, reading, 25_200n)).toMatchObject({ sold: 14_400n, delivered: 9_000n, outage: 1_000n, missing: 4_400n, deliveredPpm: 625_000n })
    expect(splitOf(lease, reading, 99_000n)).toMatchObject({ sold: 36_000n, elapsed: 18_000n, upTo: 36_000n })
  })

  test('ends at the stop of a lease that was terminated', () => {
    const split = splitOf(leaseOf({ state: { stop: 21_600n } }), leaseOf({}).reading, 30_600n)
    expect(split).toMatchObject({ upTo: 21_600n, sold: 7_200n, missing: 7_200n, outage: 0n })
  })

  test('is never more than sold, whatever a reading claims', () => {
    const split = splitOf(leaseOf({}), { ...leaseOf({}).reading, measured: 1n, delivered: 10n ** 12n }, 21_600n)
    expect(split).toMatchObject({ delivered: 7_200n, outage: 0n, missing: 0n, deliveredPpm: 1_000_000n })
  })
})

/** LeaseMath and LeaseLedger._totals, line by line. */
function contractTotals(lease: ReturnType<typeof leaseOf>, reading: Reading, periodEnd: bigint) {
  const min = (a: bigint, b: bigint): bigint => (a < b ? a : b)
  const max = (a: bigint, b: bigint): bigint => (a > b ? a : b)
  const { terms, state, account, totals } = lease
  const end = state.stop === 0n ? terms.end : min(terms.end, state.stop)
  const until = min(periodEnd, end)
  const most = until <= terms.start ? 0n : terms.units * (until - terms.start)
  const owed = max((min(reading.delivered, most) * terms.rate) / 3600n, account.owed)
  const penalty = (min(reading.breached, most) * terms.rate * BigInt(state.penaltyBps)) / (3600n * 10_000n)
  const creditOwed = max(min(penalty, (owed * BigInt(state.creditCapBps)) / 10_000n), totals.creditOwed)
  const energyWh = max(min(reading.energyWh, (most * BigInt(state.boardWatts)) / 3600n), totals.energyWh)
  return { owed, creditOwed, energyWh }
}

describe('what a settlement would charge', () => {
  test('is what the contract computes', () => {
    fc.assert(
      fc.property(terms, dates, readings, fc.bigInt(0n, 10n ** 9n), fc.bigInt(0n, 10n ** 6n), ({ units, rate, start, length }, { stop, periodEnd }, reading, owed, creditOwed) => {
        const lease = leaseOf({ terms: { units, rate, start, end: start + length }, state: { stop }, account: { owed }, totals: { creditOwed } })
        expect(chargeAt(lease, reading, periodEnd)).toEqual(contractTotals(lease, reading, periodEnd))
      }),
    )
  })

  test('is the delivered hours at the rate, and half the rent of breached ones as credit, up to the cap', () => {
    const lease = leaseOf({})
    const reading = { ...lease.reading, measured: 7_200n, delivered: 6_000n, breached: 1_200n, energyWh: 900n }
    expect(chargeAt(lease, reading, 21_600n)).toEqual({ owed: 3_916_666n, creditOwed: 391_666n, energyWh: 900n })
  })
})
