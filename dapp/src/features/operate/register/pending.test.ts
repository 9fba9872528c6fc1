import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { forgetPending, keepPending, keptPending, proposedFleet, type Pending, type Shelf } from './pending'
import type { Spec } from './spec'

const ACCOUNT = '0x00000000000000000000000000000000000000aA'
const SPEC: Spec = {
  currency: '0x00000000000000000000000000000000000000cC',
  listRate: 2_350_000n,
  units: 8n,
  boardWatts: 700n,
  availabilityBps: 9900n,
  penaltyBps: 5000n,
  creditCapBps: 3000n,
  notice: 43_200n,
  model: 'H100',
  site: 'Reykjanesbær',
}
const PENDING: Pending = { account: ACCOUNT, registry: ACCOUNT, chainId: 1, spec: SPEC, after: 3n, root: `0x${'a'.repeat(64)}`, count: 8n, fileName: 'a.json' }

function shelf(): Shelf {
  const kept = new Map<string, string>()
  return { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value), removeItem: (key) => void kept.delete(key) }
}

function fleet(fleetId: bigint, part: Partial<Spec> = {}, operator: `0x${string}` = ACCOUNT) {
  const { boardWatts, availabilityBps, penaltyBps, creditCapBps, ...rest } = { ...SPEC, ...part }
  const numbers = { boardWatts: Number(boardWatts), availabilityBps: Number(availabilityBps), penaltyBps: Number(penaltyBps), creditCapBps: Number(creditCapBps) }
  return { fleetId, operator, spec: { ...rest, ...numbers } }
}

describe('a registration that was begun', () => {
  it('is there again after a reload, whole, and only once', () => {
    const one = shelf()
    keepPending(one, PENDING)
    keepPending(one, PENDING)
    expect(keptPending(one)).toEqual([PENDING])
    keepPending(one, { ...PENDING, spec: { ...SPEC, units: 7n } })
    forgetPending(one, PENDING)
    expect(keptPending(one).map(({ spec }) => spec.units)).toEqual([7n])
  })

  it('is no more than forgotten where the browser holds something else, or nothing', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.json().map((part) => `[${part}]`)), (text) => {
        const one = shelf()
        one.setItem('wellhead.operate.registrations', text)
        expect(keptPending(one)).toEqual([])
      }),
    )
    const full: Shelf = { ...shelf(), setItem: () => { throw new Error('full') } }
    expect(keepPending(full, PENDING)).toBe(false)
  })

  it('finds its fleet by account and terms, and takes no older one and nobody else’s', () => {
    const stranger = '0x00000000000000000000000000000000000000dD'
    const fleets = [fleet(2n), fleet(4n, {}, stranger), fleet(5n, { units: 7n }), fleet(6n, { listRate: 1n }), fleet(7n)]
    expect(proposedFleet(PENDING, fleets)?.fleetId).toBe(6n)
    expect(proposedFleet(PENDING, fleets.slice(0, 3))).toBe(null)
    expect(proposedFleet({ ...PENDING, account: ACCOUNT.toLowerCase() }, fleets)?.fleetId).toBe(6n)
  })
})
