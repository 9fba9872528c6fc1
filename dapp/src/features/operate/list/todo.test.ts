import { expect, test } from 'vitest'
import type { Fleet } from '../../../chain/read/fleets'
import type { Waterfall } from '../../../chain/read/revenue'
import { todosOf, type Known } from './todo'

const ADDRESS = '0x00000000000000000000000000000000000000aa'
const QUIET: Known = { unserved: 0, unreached: 0, now: 1_000n }

/** What a listed fleet in order looks like; parts change it. */
function fleet(part: { readonly status?: Fleet['status']; readonly inventory?: Fleet['inventory']; readonly bond?: bigint; readonly till?: bigint; readonly waterfall?: Waterfall | null } = {}): Fleet {
  const { status = 'listed', bond = 1n, till = 0n } = part
  return {
    fleetId: 1n,
    status,
    operator: ADDRESS,
    spec: { currency: ADDRESS, listRate: 1n, units: 8n, boardWatts: 700, availabilityBps: 9900, penaltyBps: 0, creditCapBps: 0, notice: 0n, model: '', site: '' },
    token: null,
    revenue: null,
    account: { money: { till, pulled: 0n, tillWh: 0n }, openLeases: 0n, unitsCommitted: 0n, bond },
    unitsFree: 8n,
    inventory: part.inventory === undefined ? { version: 1, root: '0x', count: 8n } : part.inventory,
    waterfall: part.waterfall === undefined ? waterfall() : part.waterfall,
  }
}

function waterfall(part: { readonly nextDistributionAt?: bigint; readonly operator?: bigint } = {}): Waterfall {
  const { nextDistributionAt = 1_000n, operator = 0n } = part
  const rates = { protocolFeeBps: 0, oracleFeeBps: 0, operatorFeeBps: 0, energyCapBps: 0 }
  const terms = { fleetId: 1n, currency: ADDRESS, period: 100n, ...rates, tariffPerKWh: 0n, reserveTarget: 0n, protocolTreasury: ADDRESS, oracleTreasury: ADDRESS } as const
  return { address: ADDRESS, token: null, terms, tranches: [], fees: { protocol: 9n, oracle: 9n, operator }, reserve: 0n, lastDistributedAt: 0n, nextDistributionAt }
}

const codes = (of: Fleet, known: Partial<Known> = {}): string[] => todosOf(of, { ...QUIET, ...known }).map(({ code }) => code)

test('a fleet in order needs nothing', () => {
  expect(codes(fleet())).toEqual([])
})

test('a proposed fleet needs its inventory, and then waits; a bond only once it is listed', () => {
  expect(codes(fleet({ status: 'proposed', inventory: null, bond: 0n, waterfall: null }))).toEqual(['publishInventory'])
  expect(codes(fleet({ status: 'proposed', bond: 0n, waterfall: null }))).toEqual(['wait'])
  expect(codes(fleet({ bond: 0n }))).toEqual(['bond'])
})

test('what tenants miss comes first, with how much of it', () => {
  const todos = todosOf(fleet({ bond: 0n, till: 1n }), { ...QUIET, unserved: 2, unreached: 3 })
  expect(todos).toEqual([{ code: 'allocate', count: 2 }, { code: 'unreached', nodes: 3 }, { code: 'bond' }, { code: 'distribute' }])
})

test('a till is to be distributed from the moment it can be, and not while it is empty', () => {
  expect(codes(fleet({ till: 1n }), { now: 999n })).toEqual([])
  expect(codes(fleet({ till: 1n }), { now: 1_000n })).toEqual(['distribute'])
  expect(codes(fleet({ till: 0n }), { now: 2_000n })).toEqual([])
})

test('only the operator’s own fees are to be claimed', () => {
  expect(codes(fleet({ waterfall: waterfall({ operator: 0n }) }))).toEqual([])
  expect(codes(fleet({ waterfall: waterfall({ operator: 1n }) }))).toEqual(['claim'])
})

test('a delisted fleet still has its money and its leases to be seen to', () => {
  expect(codes(fleet({ status: 'delisted', bond: 0n, till: 1n }), { unserved: 1 })).toEqual(['allocate', 'distribute', 'delisted'])
})
