import { expect, test } from 'vitest'
import type { ChainEvent } from '../../../chain/history/events'
import { allocationsOf, isServed, openLeasesOf, unservedOf } from './allocations'
import { NO_BODY } from './body'

const WHO = '0x00000000000000000000000000000000000000aa'
const BODY = `0x${'3'.repeat(64)}` as const

function at(block: bigint) {
  return { contract: 'CapacityLease', address: WHO, tx: `0x${block.toString(16).padStart(64, '0')}`, logIndex: 0, block, time: block * 10n } as const
}

function opened(block: bigint, leaseId: bigint, fleetId: bigint): ChainEvent {
  const request = { fleetId, units: 1n, start: 0n, end: 1n, rate: 1n, escrow: 1n, holder: WHO } as const
  const terms = { availabilityBps: 0n, penaltyBps: 0n, creditCapBps: 0n, boardWatts: 0n, notice: 0n } as const
  return { ...at(block), name: 'LeaseOpened', args: { leaseId, fleetId, holder: WHO, payer: WHO, request, ...terms } }
}

function allocated(block: bigint, leaseId: bigint, version: bigint, bodyHash: `0x${string}` = BODY): ChainEvent {
  return { ...at(block), name: 'Allocated', args: { leaseId, version, bodyHash } }
}

function closed(block: bigint, leaseId: bigint): ChainEvent {
  return { ...at(block), name: 'Closed', args: { leaseId, refundable: 0n, creditLapsed: 0n, debt: 0n, atSunset: false } }
}

test('of a lease’s allocations the newest counts, and says how many there were before', () => {
  const found = allocationsOf([allocated(1n, 7n, 1n), allocated(2n, 8n, 1n), allocated(3n, 7n, 2n, NO_BODY)])
  expect(found.get(7n)).toEqual({ version: 2n, bodyHash: NO_BODY, time: 30n, tx: at(3n).tx, before: 1 })
  expect(found.get(8n)).toMatchObject({ version: 1n, before: 0 })
  expect(found.get(9n)).toBeUndefined()
})

test('a lease is served by a body, not by the zero hash, and not by nothing', () => {
  const found = allocationsOf([allocated(1n, 7n, 1n), allocated(2n, 8n, 1n), allocated(3n, 8n, 2n, NO_BODY)])
  expect([7n, 8n, 9n].map((lease) => isServed(found.get(lease)))).toEqual([true, false, false])
})

test('leases are open until they are closed, in the order of their opening', () => {
  const events = [opened(1n, 1n, 5n), opened(2n, 2n, 6n), opened(3n, 3n, 5n), closed(4n, 1n)]
  expect(openLeasesOf(events)).toEqual([
    { leaseId: 2n, fleetId: 6n },
    { leaseId: 3n, fleetId: 5n },
  ])
})

test('unserved are a fleet’s own open leases without a body', () => {
  const leases = [opened(1n, 1n, 5n), opened(2n, 2n, 6n), opened(3n, 3n, 5n), opened(4n, 4n, 5n)]
  expect(unservedOf(leases, 5n)).toBe(3)
  expect(unservedOf([...leases, allocated(5n, 1n, 1n), closed(6n, 3n)], 5n)).toBe(1)
  expect(unservedOf([...leases, allocated(5n, 1n, 1n), allocated(6n, 1n, 2n, NO_BODY)], 5n)).toBe(3)
  expect(unservedOf(leases, 7n)).toBe(0)
})
