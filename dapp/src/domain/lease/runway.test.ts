import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { escrowUp, rentDown } from '../../format/leasePrice'
import { CLOCK, leaseOf } from './fixtures'
import { lacking, reachOf, reachOfLease, runwayAt, runwayTail, type Escrow } from './runway'

const L = CLOCK.epochLength

/** Epoch by epoch, as settlements at full delivery would go. */
function firstShortByHand(escrow: Escrow): bigint | null {
  for (let time = escrow.settledTo + L; time < escrow.end; time += L) {
    const held = escrow.held - escrow.debt - (rentDown(escrow.delivered + escrow.units * (time - escrow.settledTo), escrow.rate) - escrow.owed)
    if (held < runwayAt(time, escrow, CLOCK)) return time
  }
  return null
}

const escrows = fc
  .record({
    units: fc.bigInt(1n, 9n),
    rate: fc.oneof(fc.bigInt(0n, 40n), fc.bigInt(0n, 4_000_001n)),
    notice: fc.bigInt(0n, 20_000n),
    from: fc.bigInt(0n, 20n),
    epochs: fc.bigInt(0n, 40n),
    share: fc.oneof(fc.constant(1_000n), fc.bigInt(0n, 1_300n)),
    slack: fc.bigInt(-2n, 2n),
    debt: fc.bigInt(0n, 3n),
    done: fc.bigInt(0n, 10_000n),
  })
  .map(({ units, rate, notice, from, epochs, share, slack, debt, done }): Escrow => {
    const whole = escrowUp(units, rate, epochs * L)
    return { units, rate, notice, settledTo: from * L, end: (from + epochs) * L, held: most(0n, (whole * share) / 1000n + slack), debt, owed: rentDown(done, rate), delivered: done }
  })

describe('the reach of an escrow', () => {
  test('ends at the first settlement that leaves less than the runway', () => {
    fc.assert(
      fc.property(escrows, (escrow) => {
        expect(reachOf(escrow, CLOCK).suspendedAfter).toBe(firstShortByHand(escrow))
      }),
      { numRuns: 10_000 },
    )
  })

  test('is the whole term where the escrow pays for it', () => {
    expect(reachOfLease(leaseOf({ account: { held: 23_500_000n } }), CLOCK)).toMatchObject({ usedUpAt: null, suspendedAfter: null, settledTo: 18_000n, end: 36_000n })
  })

  test('of the least escrow is one epoch: its first settlement suspends the lease', () => {
    const lease = leaseOf({ terms: { end: 90_000n } })
    const least = escrowUp(2n, 2_350_000n, runwayTail(3600n, CLOCK))
    expect(reachOfLease({ ...lease, account: { ...lease.account, held: least } }, CLOCK)).toMatchObject({ suspendedAfter: 19_800n, usedUpAt: 18_000n + 9_600n })
  })

  test('begins at the end of the epoch settled last, and ends at the stop', () => {
    const lease = leaseOf({ account: { settledEpoch: 11n, held: 2_350_000n, owed: 4_700_000n }, reading: { delivered: 7_200n }, state: { stop: 28_800n } })
    expect(reachOfLease(lease, CLOCK)).toEqual({ settledTo: 21_600n, end: 28_800n, usedUpAt: 23_400n, suspendedAfter: 23_400n })
  })

  test('of a lease that costs nothing is for ever', () => {
    expect(reachOfLease(leaseOf({ terms: { rate: 0n }, account: { held: 0n } }), CLOCK)).toMatchObject({ usedUpAt: null, suspendedAfter: null })
  })
})

test('what an escrow lacks is the runway and the debt less what is held', () => {
  expect(lacking(leaseOf({ runway: 100n, account: { held: 70n }, totals: { debt: 5n } }))).toBe(35n)
  expect(lacking(leaseOf({ runway: 100n, account: { held: 100n } }))).toBe(0n)
  expect(lacking(leaseOf({ runway: null, account: { held: 0n, closed: true } }))).toBe(0n)
})

function most(one: bigint, other: bigint): bigint {
  return one > other ? one : other
}
