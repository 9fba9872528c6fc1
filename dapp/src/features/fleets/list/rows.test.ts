import { describe, expect, test } from 'vitest'
import type { FleetStatus, FleetSummary } from '../../../chain/read/fleets'
import { FIRST_SORT, found, nextSort, sorted, totalsOf } from './rows'

const USD = '0x00000000000000000000000000000000000000aa'
const EUR = '0x00000000000000000000000000000000000000bb'

function fleet(fleetId: bigint, part: { status?: FleetStatus; model?: string; site?: string; units?: bigint; free?: bigint; rate?: bigint; currency?: `0x${string}`; open?: bigint } = {}): FleetSummary {
  const { status = 'listed', model = 'H100', site = 'Manosque', units = 8n, free = 8n, rate = 1n, currency = USD, open = 0n } = part
  return {
    fleetId,
    status,
    operator: '0x00000000000000000000000000000000000000cc',
    spec: { currency, listRate: rate, units, boardWatts: 700, availabilityBps: 9900, penaltyBps: 0, creditCapBps: 0, notice: 0n, model, site },
    token: null,
    revenue: null,
    account: { money: { till: 0n, pulled: 0n, tillWh: 0n }, openLeases: open, unitsCommitted: units - free, bond: 0n },
    unitsFree: free,
  }
}

const ids = (fleets: readonly FleetSummary[]): bigint[] => fleets.map(({ fleetId }) => fleetId)

describe('the list', () => {
  test('is searched by every word, in any case and order, and by the number', () => {
    const all = [fleet(1n), fleet(2n, { model: 'A100', site: 'Reykjanesbær' }), fleet(12n, { status: 'proposed' })]
    expect(ids(found(all, 'manosque h100', 'all'))).toEqual([1n, 12n])
    expect(ids(found(all, '  REYKJANESBÆR ', 'all'))).toEqual([2n])
    expect(ids(found(all, '#12', 'all'))).toEqual([12n])
    expect(ids(found(all, '', 'proposed'))).toEqual([12n])
    expect(ids(found(all, 'a100 manosque', 'all'))).toEqual([])
  })

  test('is sorted with equals by number, and does not change what it was given', () => {
    const all = [fleet(3n, { free: 2n }), fleet(1n, { free: 5n }), fleet(2n, { free: 2n })]
    expect(ids(sorted(all, { key: 'free', descending: true }))).toEqual([1n, 2n, 3n])
    expect(ids(sorted(all, { key: 'free', descending: false }))).toEqual([2n, 3n, 1n])
    expect(ids(sorted(all, FIRST_SORT))).toEqual([1n, 2n, 3n])
    expect(ids(all)).toEqual([3n, 1n, 2n])
  })

  test('never ranks rates of two currencies against one another', () => {
    const all = [fleet(1n, { rate: 5n, currency: EUR }), fleet(2n, { rate: 9n }), fleet(3n, { rate: 1n }), fleet(4n, { rate: 2n, currency: EUR })]
    expect(ids(sorted(all, { key: 'rate', descending: false }))).toEqual([3n, 2n, 4n, 1n])
    expect(ids(sorted(all, { key: 'rate', descending: true }))).toEqual([2n, 3n, 1n, 4n])
  })

  test('turns its order when a column is pressed again', () => {
    expect(nextSort(FIRST_SORT, 'fleet')).toEqual({ key: 'fleet', descending: true })
    expect(nextSort(FIRST_SORT, 'free')).toEqual({ key: 'free', descending: true })
    expect(nextSort(FIRST_SORT, 'rate')).toEqual({ key: 'rate', descending: false })
  })
})

test('totals count the capacity that can be leased, and the open leases of all', () => {
  const all = [fleet(1n, { units: 8n, free: 3n, open: 2n }), fleet(2n, { units: 4n, free: 4n }), fleet(3n, { status: 'delisted', units: 100n, free: 50n, open: 1n })]
  expect(totalsOf(all)).toEqual({ listed: 2, others: 1, units: 12n, free: 7n, let: 5n, openLeases: 3n })
})
