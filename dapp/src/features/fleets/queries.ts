import type { Block, Chain } from '../../chain/chain'
import type { ChainEvent, History } from '../../chain/history/events'
import { isEvent } from '../../chain/history/events'
import { events } from '../../chain/history/history'
import type { Fleet, FleetList } from '../../chain/read/fleets'
import { readFleet, readFleetList } from '../../chain/read/fleets'
import type { Lease } from '../../chain/read/leases'
import { readLease } from '../../chain/read/leases'
import type { Oracle } from '../../chain/read/oracle'
import { readOracle } from '../../chain/read/oracle'
import type { SalePage } from '../../chain/read/sales'
import { readSales } from '../../chain/read/sales'
import { useChainQuery, type ChainQuery } from '../../chain/useChainQuery'
import type { LetTime, SuspensionEvent } from '../../domain/meter/let'
import { letTimeOf } from '../../domain/meter/let'

export function useFleets(): ChainQuery<FleetList> {
  return useChainQuery(['fleets', 'all'], readFleetList)
}

/** One fleet and the block it was read at; `fleet` is null where there is none of that id. */
export interface FleetAt {
  readonly fleet: Fleet | null
  readonly block: Block
}

export function useFleet(fleetId: bigint): ChainQuery<FleetAt> {
  return useChainQuery(['fleets', 'one', fleetId], async (chain) => ({ fleet: await readFleet(chain, fleetId), block: chain.block }))
}

/** The newest sales, and how many there are. */
export function useSales(): ChainQuery<SalePage> {
  return useChainQuery(['fleets', 'sales'], (chain) => readSales(chain))
}

export function useOracle(): ChainQuery<Oracle> {
  return useChainQuery(['fleets', 'oracle'], readOracle)
}

/** What a fleet's waterfall and shares have paid. */
export function useRevenueHistory(fleetId: bigint): ChainQuery<History> {
  return useChainQuery(['fleets', 'revenue', fleetId], (chain) =>
    events(chain, {
      contracts: ['RevenueFactory', 'RevenueWaterfall', 'FleetShare'],
      names: ['RevenueCreated', 'Distributed', 'IncomeClaimed'],
      subject: { fleet: fleetId },
    }),
  )
}

/** What its operator has published. */
export function usePapersHistory(fleetId: bigint): ChainQuery<History> {
  return useChainQuery(['fleets', 'papers', fleetId], (chain) =>
    events(chain, { contracts: ['FleetRegistry'], names: ['DocumentSet', 'InventoryPublished'], subject: { fleet: fleetId } }),
  )
}

/** A fleet's leases, newest first, and when their units were due. */
export interface FleetLeases {
  readonly leases: readonly Lease[]
  readonly let: readonly LetTime[]
}

export function useFleetLeases(fleetId: bigint): ChainQuery<FleetLeases> {
  return useChainQuery(['fleets', 'leases', fleetId], (chain) => readFleetLeases(chain, fleetId))
}

async function readFleetLeases(chain: Chain, fleetId: bigint): Promise<FleetLeases> {
  const [oracle, opened, paused] = await Promise.all([
    readOracle(chain),
    events(chain, { contracts: ['CapacityLease'], names: ['LeaseOpened'], subject: { fleet: fleetId } }),
    // These name the lease only.
    events(chain, { contracts: ['CapacityLease'], names: ['Suspended', 'Resumed'] }),
  ])
  const ids = opened.events.filter(isEvent('CapacityLease', 'LeaseOpened')).map(({ args }) => args.leaseId)
  const leases = (await Promise.all(ids.map((id) => readLease(chain, id)))).filter((lease) => lease !== null)
  const pauses = paused.events.flatMap(suspensionOf)
  return { leases: leases.reverse(), let: leases.map((lease) => letTimeOf(lease, pauses, oracle)) }
}

function suspensionOf(event: ChainEvent): SuspensionEvent[] {
  if (event.contract !== 'CapacityLease' || (event.name !== 'Suspended' && event.name !== 'Resumed')) return []
  return [{ leaseId: event.args.leaseId, name: event.name, time: event.time }]
}
