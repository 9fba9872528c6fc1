import { describe, expect, test } from 'vitest'
import { stateOf } from './state'

describe('a lease', () => {
  const terms = { rate: 1n, units: 1n, start: 100n, end: 200n, fleetId: 1n }
  const state = { stop: 0n, suspendedAt: 0n, creditUnpaid: 0n, penaltyBps: 0, creditCapBps: 0, notice: 0n, boardWatts: 0 }
  const account = { held: 0n, owed: 0n, settledEpoch: 0n, availabilityBps: 0, closed: false }

  test.each([
    ['future', {}, {}, 99n],
    ['running', {}, {}, 100n],
    ['running', {}, {}, 199n],
    ['ended', {}, {}, 200n],
    // A termination sets the stop ahead: from then on it is terminated, whatever the time.
    ['terminated', { stop: 150n }, {}, 120n],
    ['terminated', { stop: 150n }, {}, 150n],
    ['terminated', { stop: 150n, suspendedAt: 120n }, {}, 130n],
    ['running', { stop: 200n }, {}, 150n],
    ['suspended', { suspendedAt: 120n }, {}, 130n],
    ['ended', { suspendedAt: 120n }, {}, 200n],
    ['closed', { suspendedAt: 120n }, { closed: true }, 130n],
  ])('is %s', (expected, changed, accounted, now) => {
    expect(stateOf({ terms, state: { ...state, ...changed }, account: { ...account, ...accounted } }, now)).toBe(expected)
  })
})
