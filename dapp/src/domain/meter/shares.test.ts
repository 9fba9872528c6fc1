import { expect, test } from 'vitest'
import type { BucketModel } from '../../node/answers'
import { totalsOf } from './figures'
import { deliveredShares } from './shares'
import { slotsOf } from './slots'

/** An hour of which the node knows `known` seconds. */
function bucket(hour: number, known: number, measured: number, delivered: number): BucketModel {
  return {
    start_unix_s: hour * 3600,
    end_unix_s: (hour + 1) * 3600,
    first_epoch: hour,
    last_epoch: hour,
    steps: 1,
    known_s: known,
    measured_unit_s: measured,
    delivered_unit_s: delivered,
    utilised_unit_s: delivered,
    energy_wh: 1,
    measured_units: null,
    delivered_units: null,
    utilised_units: null,
    missing_share: null,
    trust_level: 1,
    flags: [],
  }
}

test('delivered shares are of the time the node knows of, and a gap where it knows none', () => {
  const slots = slotsOf([bucket(1, 3600, 7200, 3600), bucket(2, 0, 0, 0), bucket(3, 1800, 3600, 3600)], 2n, [])
  expect(deliveredShares(slots)).toEqual([0.5, null, 1])
})

test('a node that counts more than the fleet has gives a whole, in the line and in the sums', () => {
  const slots = slotsOf([bucket(1, 3600, 99_999, 99_999), bucket(2, 3600, 0, 0)], 2n, [])
  expect(deliveredShares(slots)).toEqual([1, 0])
  expect(totalsOf(slots)).toMatchObject({ delivered: 7200n, busy: 7200n, missing: 7200n, capacity: 14_400n })
})

test('a fleet without units has no shares', () => {
  expect(deliveredShares(slotsOf([bucket(1, 3600, 0, 0)], 0n, []))).toEqual([null])
})
