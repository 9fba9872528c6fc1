import { describe, expect, test } from 'vitest'
import { CLOCK, leaseOf } from '../../../domain/lease/fixtures'
import { stateOf, termEnd } from '../../../domain/lease/state'
import type { ProofModel } from '../../../node/answers'
import { canClose, canSettle, canTerminate, canTopUp, canWithdraw, SUNSET } from './actions'
import { needsOf } from './needs'
import { saidOf } from './said'

const ORACLE = { ...CLOCK, headEpoch: 12n, newestFinal: null }
const HOLDER = '0x00000000000000000000000000000000000000aa'

describe('the state of a lease', () => {
  test('follows its term', () => {
    const lease = leaseOf({})
    expect([17_999n, 18_000n, 35_999n, 36_000n].map((now) => stateOf(lease, now))).toEqual(['future', 'running', 'running', 'ended'])
  })

  test('is suspended, terminated and closed before all else', () => {
    expect(stateOf(leaseOf({ state: { suspendedAt: 20_000n } }), 21_000n)).toBe('suspended')
    expect(stateOf(leaseOf({ state: { suspendedAt: 20_000n, stop: 27_000n } }), 21_000n)).toBe('terminated')
    expect(stateOf(leaseOf({ state: { stop: 27_000n }, account: { closed: true } }), 40_000n)).toBe('closed')
    expect(termEnd(leaseOf({ state: { stop: 27_000n } }))).toBe(27_000n)
  })
})

describe('what the contract would take', () => {
  test('settling: only a newer final report, and no closed lease', () => {
    const lease = leaseOf({ account: { settledEpoch: 11n } })
    expect(canSettle(lease, 12n)).toEqual({ ok: true })
    expect(canSettle(lease, 11n)).toMatchObject({ why: 'nothingNew' })
    expect(canSettle(lease, null)).toMatchObject({ why: 'noFinal' })
    expect(canSettle(leaseOf({ account: { closed: true } }), 99n)).toMatchObject({ why: 'closed' })
    expect(canTopUp(leaseOf({ account: { closed: true } }))).toMatchObject({ why: 'closed' })
  })

  test('terminating: after the notice of a suspension, and only if it would stop earlier', () => {
    const lease = leaseOf({ state: { suspendedAt: 20_000n } })
    expect(canTerminate(leaseOf({}), 20_000n, CLOCK)).toMatchObject({ why: 'notSuspended' })
    expect(canTerminate(lease, 23_599n, CLOCK)).toEqual({ ok: false, why: 'noticeRunning', at: 23_600n })
    expect(canTerminate(lease, 23_600n, CLOCK)).toEqual({ ok: true })
    expect(canTerminate(lease, 34_200n, CLOCK)).toMatchObject({ why: 'stopping' })
    expect(canTerminate(leaseOf({ state: { suspendedAt: 20_000n, stop: 25_200n } }), 23_600n, CLOCK)).toMatchObject({ why: 'stopping' })
  })

  test('closing at sunset: 14 days of silence, or 14 days after the end; a report that covers the lease is settled first', () => {
    const long = leaseOf({ terms: { end: 18_000n + 30n * 86_400n }, account: { settledEpoch: 12n } })
    expect(canClose(long, 24_000n + SUNSET - 1n, ORACLE, 24_000n)).toEqual({ ok: false, why: 'tooEarly', at: 24_000n + SUNSET })
    expect(canClose(long, 24_000n + SUNSET, ORACLE, 24_000n)).toEqual({ ok: true })
    expect(canClose(leaseOf({ terms: { end: 18_000n + 30n * 86_400n } }), 24_000n + SUNSET, ORACLE, 24_000n)).toMatchObject({ why: 'settleFirst', epoch: 12n })
    expect(canClose(leaseOf({}), 36_000n + SUNSET, ORACLE, 36_000n + SUNSET)).toEqual({ ok: true })
    // Before the start nothing covers it.
    expect(canClose(long, 18_000n + SUNSET, { ...ORACLE, headEpoch: 0n }, 0n)).toEqual({ ok: true })
  })

  test('refunding: what is left of a closed lease, to its holder', () => {
    const closed = leaseOf({ account: { closed: true } })
    expect(canWithdraw(leaseOf({}), HOLDER)).toMatchObject({ why: 'open' })
    expect(canWithdraw(closed, HOLDER)).toEqual({ ok: true })
    expect(canWithdraw(closed, null)).toMatchObject({ why: 'notHolder' })
    expect(canWithdraw(leaseOf({ account: { closed: true, held: 0n } }), HOLDER)).toMatchObject({ why: 'nothingLeft' })
  })
})

describe('what a holder is told to do', () => {
  const codes = (lease: ReturnType<typeof leaseOf>, now: bigint): string[] => needsOf(lease, now, ORACLE).map(({ code }) => code)

  test('nothing while the escrow pays for the term', () => {
    expect(codes(leaseOf({ account: { held: 23_500_000n } }), 20_000n)).toEqual([])
  })

  test('to top up before the escrow is short, and after it is suspended with how much', () => {
    expect(needsOf(leaseOf({ account: { held: 12_000_000n } }), 20_000n, ORACLE)).toMatchObject([{ code: 'short' }])
    const suspended = leaseOf({ runway: 9n, state: { suspendedAt: 20_000n }, account: { held: 1n }, totals: { debt: 3n } })
    expect(needsOf(suspended, 20_100n, ORACLE)).toEqual([
      { code: 'debt', amount: 3n },
      { code: 'suspended', amount: 11n, at: 23_600n },
    ])
  })

  test('to have the last reading settled, then to take the refund', () => {
    expect(codes(leaseOf({}), 40_000n)).toEqual(['lastReading'])
    expect(codes(leaseOf({ account: { closed: true } }), 40_000n)).toEqual(['refund'])
    expect(codes(leaseOf({ account: { closed: true, held: 0n } }), 40_000n)).toEqual([])
  })

  test('credits, paid and unpaid', () => {
    const lease = leaseOf({ state: { creditUnpaid: 2n }, totals: { creditOwed: 5n } })
    expect(needsOf(lease, 20_000n, ORACLE)).toEqual([
      { code: 'creditUnpaid', amount: 2n },
      { code: 'creditPaid', amount: 3n },
    ])
  })
})

describe('a reading that a node gave', () => {
  const proof: ProofModel = {
    epoch: 9,
    state: 'final',
    root: '',
    final_at_unix_s: 0,
    leaf: '',
    proof: [],
    meter: {
      meter_id: '7',
      kind: 'lease',
      number: '7',
      reading: `${(5n << 208n) | 1n}`,
      measured_unit_s: 99,
      delivered_unit_s: 0,
      utilised_unit_s: 0,
      breached_unit_s: 0,
      energy_wh: 0,
      trust_level: 4,
      flags: [],
    },
  }

  test('is taken from its word alone', () => {
    expect(saidOf(proof, 7n)).toMatchObject({ epoch: 9n, reading: { measured: 5n, flags: 1 } })
  })

  test('is none when it is of another meter', () => {
    expect(saidOf(proof, 8n)).toBeNull()
  })
})
