import { expect, test } from 'vitest'
import { newestEpochs, newestTrust, trustsOperator, trustText } from './trust'

const levels = (...all: readonly (number | null)[]) => all.map((trust_level) => ({ trust_level }))

test('the trust level is that of the newest readings, not the lowest there ever was', () => {
  expect(newestTrust(levels(0, 1, 3, null))).toBe(3)
  expect(newestTrust(levels(3, 0))).toBe(0)
  expect(newestTrust(levels(null, null))).toBeNull()
  expect(newestTrust([])).toBeNull()
})

test('the last epochs are asked for one by one, none before the first', () => {
  for (const head of [1n, 24n, 25n, 1_000n]) {
    const { firstEpoch, lastEpoch, points } = newestEpochs(head)
    expect([firstEpoch >= 1n, lastEpoch, lastEpoch - firstEpoch < BigInt(points)]).toEqual([true, head, true])
  }
})

test('levels 0 and 1 trust the operator; a level nobody knows is said to be unknown', () => {
  expect([0, 1, 2, 3, 4].map(trustsOperator)).toEqual([true, true, false, false, false])
  expect([-1, 0, 4, 5].map(trustText)).toEqual(['ui.trust.unknown', 'ui.trust.0', 'ui.trust.4', 'ui.trust.unknown'])
})
