import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { reclaimable, saleStateOf } from '../../domain/saleState'
import { offerOf, offerProblems } from './offer'
import { costUp, sharesFor } from './price'
import { purchaseOf } from './purchase'
import { yieldSoFar } from './yieldSoFar'

const price = fc.record({ price: fc.bigInt({ min: 1n, max: 10n ** 12n }), decimals: fc.nat({ max: 18 }) })
const amount = fc.bigInt({ min: 0n, max: 10n ** 24n })

describe('price', () => {
  test('is rounded up: a share is never free, and never a unit more than its exact cost', () => {
    fc.assert(
      fc.property(price, amount, (each, shares) => {
        const [cost, whole] = [costUp(shares, each), 10n ** BigInt(each.decimals)]
        expect(cost * whole >= shares * each.price && (cost - 1n) * whole < shares * each.price).toBe(true)
      }),
    )
    expect(costUp(1n, { price: 1n, decimals: 18 })).toBe(1n)
  })

  test('an amount buys the most shares that it pays for', () => {
    fc.assert(
      fc.property(price, amount, (each, money) => {
        const shares = sharesFor(money, each)
        expect(costUp(shares, each)).toBeLessThanOrEqual(money)
        expect(costUp(shares + 1n, each)).toBeGreaterThan(money)
      }),
    )
  })
})

describe('purchaseOf', () => {
  const sale = { price: 1_950_000n, decimals: 6, left: 1_000_000n }
  test.each([
    [0n, 10n, 'nothing'],
    [1_000_001n, null, 'notEnoughLeft'],
    [1_000_000n, 1_949_999n, 'balanceTooSmall'],
    [1_000_000n, 1_950_000n, undefined],
    [1_000_000n, null, undefined],
  ])('of %d shares with %s', (shares, balance, code) => {
    expect(purchaseOf(shares, sale, balance).problem?.code).toBe(code)
  })
})

describe('saleStateOf', () => {
  test.each([
    [false, 5n, false, 99n, 'open'],
    [false, 9n, false, 99n, 'open'],
    [true, 5n, false, 99n, 'openSuccessful'],
    [true, 0n, false, 99n, 'soldOut'],
    [true, 5n, false, 100n, 'succeeded'],
    [true, 0n, false, 100n, 'succeeded'],
    [true, 5n, true, 100n, 'succeeded'],
    [false, 5n, false, 100n, 'failed'],
    [false, 5n, true, 100n, 'failed'],
    [false, 9n, false, 100n, 'failed'],
    [false, 9n, true, 99n, 'takenBack'],
    [false, 9n, true, 100n, 'takenBack'],
  ] as const)('successful %s, left %d of 9, reclaimed %s, at %d of 100: %s', (successful, left, reclaimed, now, state) => {
    expect(saleStateOf({ successful, sold: 9n - left, left, reclaimed, end: 100n }, now)).toBe(state)
  })
})

describe('what the seller takes back', () => {
  test.each([
    ['all of it while nothing is sold', false, 9n, false, 1n, 9n, true],
    ['nothing before the end once a unit is sold', false, 8n, false, 99n, 9n, false],
    ['nothing before the end of a successful sale', true, 4n, false, 99n, 4n, false],
    ['all of a failed sale', false, 8n, false, 100n, 9n, true],
    ['the rest of a successful one', true, 4n, false, 100n, 4n, true],
    ['nothing of one that is sold out', true, 0n, false, 100n, 0n, false],
    ['nothing twice', false, 9n, true, 1n, 0n, false],
  ] as const)('%s', (_, successful, left, reclaimed, now, unsold, possible) => {
    expect(reclaimable({ successful, sold: 9n - left, left, reclaimed, end: 100n }, now)).toEqual({ unsold, now: possible })
  })
})

describe('an offer', () => {
  const draft = { price: 2_000_000n, cap: 100n, minimum: 50n, days: 30n }
  test('ends so many days from the chain’s now', () => {
    expect(offerOf(draft, { fleetId: 3n, tranche: 1 }, 100n, 6, 1_000n)).toEqual({ fleetId: 3n, tranche: 1, price: 2_000_000n, cap: 100n, minimum: 50n, end: 2_593_000n })
  })
  test.each([
    [{ ...draft, price: 0n }, { price: 'zero' }],
    [{ ...draft, price: 2n ** 96n, cap: 2n ** 95n }, { price: 'tooLarge', cap: 'aboveBalance' }],
    [{ ...draft, price: (2n ** 96n - 100n) * 10_000n }, { price: 'tooLarge' }],
    [{ ...draft, cap: 101n }, { cap: 'aboveBalance' }],
    [{ ...draft, minimum: 101n }, { minimum: 'aboveCap' }],
    [{ ...draft, minimum: 0n, days: 367n }, { minimum: 'zero', days: 'tooLong' }],
    [{ price: null, cap: null, minimum: null, days: null }, {}],
  ])('that the contract would refuse is none: %o', (each, problems) => {
    expect(offerProblems(each, 100n, 6)).toEqual(problems)
    expect(offerOf(each, { fleetId: 3n, tranche: 1 }, 100n, 6, 1_000n)).toBeNull()
  })
})

describe('yieldSoFar', () => {
  test('is not made yearly under 30 days', () => {
    expect(yieldSoFar(1_000n, 100_000n, 200_000n, 0n, 86_400n)).toEqual({ seconds: 86_400n, income: 1_000n, ofFace: 10_000n, ofPrice: 5_000n, ofPriceYearly: null })
    expect(yieldSoFar(1_000n, 100_000n, 200_000n, 0n, 73n * 86_400n).ofPriceYearly).toBe(25_000n)
  })
})
