import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PPM } from '../../../format/ratio'
import { flowOf } from '../waterfall/flow'
import type { Distribution } from './distributions'
import { revenuePast } from './distributions'
import { claimed, created, distributed, distribution, SHARES, WATERFALL } from './fixtures'
import { feesOf, paidIn, rentPerKWhDown, returnDown, returnsOf, windowOf } from './returns'

const DAY = 86_400n
const FACES = [150_000_000_000n, 90_000_000_000n]

/**
 * Worked by hand, in tUSD with six decimals: week 1 brings 1,000 of rent and 600 kWh, week 2 brings 500 and 400 kWh.
 * Week 1: protocol 10, oracle 5, energy 600 x 0.085 = 51, operator 50; coupon 150,000 x 8.5 % x 7/365 = 244.520547; reserve 2; equity 637.479453.
 * Week 2: 5, 2.50, 34, 25; coupon 244.520547; reserve 0; equity 188.979453.
 */
const WEEK_1 = { period: 2n, rent: 1_000_000_000n, energyWh: 600_000n, fees: [10_000_000n, 5_000_000n, 51_000_000n, 50_000_000n], reserveIn: 2_000_000n, reserveOut: 0n, incomes: [244_520_547n, 637_479_453n], arrears: [0n, 0n] } as const
const WEEK_2 = { period: 3n, rent: 500_000_000n, energyWh: 400_000n, fees: [5_000_000n, 2_500_000n, 34_000_000n, 25_000_000n], reserveIn: 0n, reserveOut: 0n, incomes: [244_520_547n, 188_979_453n], arrears: [0n, 0n] } as const
const EVENTS = [created(1000n), distributed(10n, 1000n + 7n * DAY, WEEK_1), claimed(SHARES[0], 11n, 100n), distributed(20n, 1000n + 14n * DAY, WEEK_2), claimed(SHARES[0], 21n, 23n)]

describe('a worked case of two weeks', () => {
  const past = revenuePast(EVENTS, WATERFALL.toLowerCase())
  const paid = paidIn(past.distributions, 2)

  test('rent of a distribution is told from the one before it, the first from the waterfall’s creation', () => {
    expect(past.createdAt).toBe(1000n)
    expect(past.distributions.map(({ from, time }) => [from, time])).toEqual([
      [1000n, 1000n + 7n * DAY],
      [1000n + 7n * DAY, 1000n + 14n * DAY],
    ])
  })

  test('sums, revenue per kWh and yields are those worked out by hand', () => {
    expect(paid).toMatchObject({ count: 2, rent: 1_500_000_000n, energyWh: 1_000_000n, fees: 182_500_000n, reserveIn: 2_000_000n, incomes: [489_041_094n, 826_458_906n], income: 1_315_500_000n })
    if (paid === null) throw new Error('nothing was paid')
    expect(rentPerKWhDown(paid.rent, paid.energyWh)).toBe(1_500_000n)
    const returns = returnsOf(paid, FACES)
    // 1,500 / 240,000 = 0.625 %; 1,315.5 / 240,000 = 0.548125 %; 489.041094 / 150,000 = 0.32602... %; 826.458906 / 90,000 = 0.91828... %
    expect(returns.gross?.ppm).toBe(6250n)
    expect(returns.net?.ppm).toBe(5481n)
    expect(returns.byTranche.map((each) => each?.ppm)).toEqual([3260n, 9182n])
  })

  test('without the event of its creation, the first one’s time is unknown and no rate per year is made of it', () => {
    const late = distributed(30n, 1000n + 60n * DAY, WEEK_2)
    const blind = revenuePast([...EVENTS.filter(({ name }) => name !== 'RevenueCreated'), late], WATERFALL)
    expect(blind.distributions[0]?.from).toBeNull()
    const all = paidIn(blind.distributions, 2)
    if (all === null) throw new Error('nothing was paid')
    expect(returnsOf(all, FACES)).toMatchObject({ seconds: null, net: { yearlyPpm: null }, gross: { yearlyPpm: null } })
    expect(windowOf(blind.distributions, 'month', 1000n + 14n * DAY)).toHaveLength(2)
  })

  test('claims are summed by share, whatever the case of its address', () => {
    expect([...past.claimed]).toEqual([[SHARES[0].toLowerCase(), 123n]])
  })

  test('another waterfall’s distributions and another share’s claims are left out', () => {
    const strange = '0x00000000000000000000000000000000000000Dd'
    const more = revenuePast([...EVENTS, distributed(30n, 99n, WEEK_1, strange), claimed(strange, 31n, 7n)], WATERFALL)
    expect(more).toEqual(past)
  })
})

describe('a rate per year', () => {
  test('is not made of less than 30 days', () => {
    expect(returnDown(1n, 2n, 30n * DAY - 1n)).toEqual({ ppm: 500_000n, yearlyPpm: null })
    expect(returnDown(1n, 2n, 0n)?.yearlyPpm).toBeNull()
  })

  test('is simple: a tenth over 73 days is a half a year, and is made of the amounts, not of the rounded share', () => {
    expect(returnDown(10n, 100n, 73n * DAY)).toEqual({ ppm: 100_000n, yearlyPpm: 500_000n })
    expect(returnDown(1n, 3n, 30n * DAY)?.yearlyPpm).toBe((PPM * 365n) / 90n)
  })

  test('of no face is none', () => {
    expect(returnDown(5n, 0n, 40n * DAY)).toBeUndefined()
  })
})

test('of no energy there is no revenue per kWh, and none is zero by rounding up', () => {
  expect(rentPerKWhDown(5n, 0n)).toBeUndefined()
  expect(rentPerKWhDown(1n, 1001n)).toBe(0n)
})

test('a window holds the distributions that lie in it whole', () => {
  const all = [distribution({ from: 0n, time: 10n * DAY }), distribution({ from: 10n * DAY, time: 20n * DAY }), distribution({ from: 20n * DAY, time: 45n * DAY })]
  expect(windowOf(all, 'all', 45n * DAY)).toHaveLength(3)
  expect(windowOf(all, 'last', 45n * DAY)).toEqual(all.slice(2))
  expect(windowOf(all, 'month', 40n * DAY)).toEqual(all.slice(1))
  expect(windowOf(all, 'month', 40n * DAY + 1n)).toEqual(all.slice(2))
  expect(windowOf(all, 'month', 80n * DAY)).toEqual([])
  expect(paidIn([], 2)).toBeNull()
})

const amount = fc.bigInt({ min: 0n, max: (1n << 96n) - 1n })

/** Any distribution as the contract can make one: it pays what came in, in order, until nothing is left. */
const possible: fc.Arbitrary<Distribution> = fc
  .record({ rent: amount, reserveOut: amount, wants: fc.array(amount, { minLength: 5, maxLength: 8 }), time: fc.bigInt({ min: 0n, max: 1n << 40n }), energyWh: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }) })
  .map(({ rent, reserveOut, wants, time, energyWh }) => {
    let left = rent + reserveOut
    const [protocol = 0n, oracle = 0n, energy = 0n, operator = 0n, reserveIn = 0n, ...coupons] = wants.map((want) => {
      const taken = want < left ? want : left
      left -= taken
      return taken
    })
    return distribution({ rent, reserveOut, energyWh, fees: { protocol, oracle, energy, operator }, reserveIn, incomes: [...coupons, left], arrears: coupons.map(() => 1n), time })
  })

test('the steps of a flow add up to what came in, to the unit', () => {
  fc.assert(
    fc.property(possible, (each) => {
      const { rent, reserveOut, steps } = flowOf(each)
      expect(steps.reduce((sum, step) => sum + step.amount, 0n)).toBe(rent + reserveOut)
      expect(steps.at(-1)?.payee.kind).toBe('equity')
    }),
  )
})

test('fees, reserve and incomes of any distributions add up to rent and what the reserve gave', () => {
  fc.assert(
    fc.property(fc.array(possible, { minLength: 1, maxLength: 6 }), (all) => {
      const paid = paidIn(all, 4)
      if (paid === null) throw new Error('nothing was paid')
      expect(paid.fees + paid.reserveIn + paid.income).toBe(paid.rent + paid.reserveOut)
      expect(all.reduce((sum, each) => sum + feesOf(each), 0n)).toBe(paid.fees)
    }),
  )
})

test('no yield says more than was paid', () => {
  fc.assert(
    fc.property(amount, fc.bigInt({ min: 1n, max: 1n << 96n }), fc.bigInt({ min: 1n, max: 1n << 33n }), (income, face, seconds) => {
      const made = returnDown(income, face, seconds)
      if (made === undefined) throw new Error('a face has a return')
      expect(made.ppm * face).toBeLessThanOrEqual(income * PPM)
      if (made.yearlyPpm !== null) expect(made.yearlyPpm * face * seconds).toBeLessThanOrEqual(income * PPM * 365n * DAY)
    }),
  )
})

test('a coupon’s step says what stays unpaid, and the order is that of payment', () => {
  const { steps } = flowOf(distribution({ incomes: [5n, 6n, 7n], arrears: [1n, 2n, 0n] }))
  expect(steps.map(({ payee }) => (payee.kind === 'coupon' ? `coupon ${payee.tranche}` : payee.kind))).toEqual(['protocol', 'oracle', 'energy', 'operator', 'coupon 0', 'coupon 1', 'reserve', 'equity'])
  expect(steps.map(({ arrears }) => arrears)).toEqual([0n, 0n, 0n, 0n, 1n, 2n, 0n, 0n])
})
