import type { ChainEvent } from '../../../chain/history/events'
import { isEvent } from '../../../chain/history/events'
import { NO_BODY } from './body'

/** The newest allocation of a lease. `time`: when it was mined; it counts from the next epoch on. Unix seconds. */
export interface Allocation {
  readonly version: bigint
  readonly bodyHash: `0x${string}`
  readonly time: bigint
  readonly tx: `0x${string}`
  /** How many there were before it. */
  readonly before: number
}

/** The newest allocation of each lease, by its id; `events` ascend. One with the zero hash is there too: nothing serves the lease. */
export function allocationsOf(events: readonly ChainEvent[]): ReadonlyMap<bigint, Allocation> {
  const newest = new Map<bigint, Allocation>()
  for (const { args, time, tx } of events.filter(isEvent('CapacityLease', 'Allocated'))) {
    const { leaseId, version, bodyHash } = args
    newest.set(leaseId, { version, bodyHash, time, tx, before: (newest.get(leaseId)?.before ?? -1) + 1 })
  }
  return newest
}

/** Whether something serves the lease. */
export function isServed(allocation: Allocation | undefined): allocation is Allocation {
  return allocation !== undefined && allocation.bodyHash !== NO_BODY
}

/** The leases that were opened and not closed, in the order of their opening. */
export function openLeasesOf(events: readonly ChainEvent[]): readonly { readonly leaseId: bigint; readonly fleetId: bigint }[] {
  const closed = new Set(events.filter(isEvent('CapacityLease', 'Closed')).map(({ args }) => args.leaseId))
  return events.filter(isEvent('CapacityLease', 'LeaseOpened')).flatMap(({ args: { leaseId, fleetId } }) => (closed.has(leaseId) ? [] : [{ leaseId, fleetId }]))
}

/** How many of a fleet's open leases no GPU serves. */
export function unservedOf(events: readonly ChainEvent[], fleet: bigint): number {
  const allocations = allocationsOf(events)
  return openLeasesOf(events).filter(({ leaseId, fleetId }) => fleetId === fleet && !isServed(allocations.get(leaseId))).length
}
