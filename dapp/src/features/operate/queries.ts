import { useQuery } from '@tanstack/react-query'
import type { Block, Chain } from '../../chain/chain'
import { useConfig } from '../../chain/context'
import { isEvent, type History } from '../../chain/history/events'
import { events } from '../../chain/history/history'
import { readFleet, readFleetsOf, type Fleet } from '../../chain/read/fleets'
import { readLease, type Lease } from '../../chain/read/leases'
import { countFleets } from '../../chain/read/registry'
import { readToken, type Token } from '../../chain/read/tokens'
import { useChainQuery, type ChainQuery } from '../../chain/useChainQuery'
import type { CoverageModel } from '../../node/answers'
import type { NodeResult } from '../../node/fault'
import { readCoverages } from '../../node/read'
import { allocationsOf, openLeasesOf, unservedOf, type Allocation } from './allocation/allocations'

type Address = `0x${string}`

/** One of an operator's fleets. */
export interface OwnFleet {
  readonly fleet: Fleet
  /** Open leases that no GPU serves. */
  readonly unserved: number
}

/** An operator's fleets at one block. */
export interface OwnFleets {
  readonly block: Block
  readonly fleets: readonly OwnFleet[]
}

export function useOwnFleets(operator: Address | null): ChainQuery<OwnFleets> {
  return useChainQuery(['operate', 'own', operator], (chain) => readOwn(chain, operator ?? '0x'), { enabled: operator !== null })
}

async function readOwn(chain: Chain, operator: Address): Promise<OwnFleets> {
  const [fleets, history] = await Promise.all([
    readFleetsOf(chain, operator),
    events(chain, { contracts: ['CapacityLease'], names: ['LeaseOpened', 'Closed', 'Allocated'] }),
  ])
  return { block: chain.block, fleets: fleets.map((fleet) => ({ fleet, unserved: unservedOf(history.events, fleet.fleetId) })) }
}

/** A lease that is open, and which GPUs serve it. */
export interface OpenLease {
  readonly lease: Lease
  readonly allocation: Allocation | undefined
}

/** A fleet as its operator sees it, at one block; `fleet` is null where there is none of that id. */
export interface Operated {
  readonly block: Block
  readonly fleet: Fleet | null
  /** Newest first. */
  readonly leases: readonly OpenLease[]
}

export function useOperated(fleetId: bigint): ChainQuery<Operated> {
  return useChainQuery(['operate', 'one', fleetId], async (chain) => {
    const [fleet, opened, others] = await Promise.all([
      readFleet(chain, fleetId),
      events(chain, { contracts: ['CapacityLease'], names: ['LeaseOpened'], subject: { fleet: fleetId } }),
      // These name the lease only.
      events(chain, { contracts: ['CapacityLease'], names: ['Closed', 'Allocated'] }),
    ])
    const allocations = allocationsOf(others.events)
    const open = openLeasesOf([...opened.events, ...others.events])
    const leases = await Promise.all(open.map(({ leaseId }) => readLease(chain, leaseId)))
    const still = leases.filter((lease) => lease !== null && !lease.account.closed).filter((lease) => lease !== null)
    return { block: chain.block, fleet, leases: still.reverse().map((lease) => ({ lease, allocation: allocations.get(lease.leaseId) })) }
  })
}

/** What the registry tells of a fleet: proposed, listed, inventories, documents. */
export function useRegistryHistory(fleetId: bigint): ChainQuery<History> {
  return useChainQuery(['operate', 'registry', fleetId], (chain) =>
    events(chain, { contracts: ['FleetRegistry'], names: ['FleetProposed', 'FleetListed', 'InventoryPublished', 'DocumentSet'], subject: { fleet: fleetId } }),
  )
}

/** What a fleet's waterfall distributed, and what it paid of fees. */
export function useRevenueHistory(fleetId: bigint): ChainQuery<History> {
  return useChainQuery(['operate', 'revenue', fleetId], (chain) =>
    events(chain, { contracts: ['RevenueWaterfall'], names: ['Distributed', 'FeePaid'], subject: { fleet: fleetId } }),
  )
}

/** The stablecoins a fleet may settle in, and how many fleets there are: what a proposal is made with. */
export interface Ground {
  readonly block: Block
  readonly currencies: readonly Token[]
  /** The newest fleet's id; 0 before the first. */
  readonly newest: bigint
}

export function useGround(): ChainQuery<Ground> {
  return useChainQuery(['operate', 'ground'], async (chain) => {
    const [{ events: found }, newest] = await Promise.all([
      events(chain, { contracts: ['StablecoinRegistry'], names: ['StablecoinListed', 'StablecoinDelisted'] }),
      countFleets(chain),
    ])
    const permitted = new Set<Address>()
    for (const event of found) {
      if (isEvent('StablecoinRegistry', 'StablecoinListed')(event)) permitted.add(event.args.token)
      else if (isEvent('StablecoinRegistry', 'StablecoinDelisted')(event)) permitted.delete(event.args.token)
    }
    const tokens = await Promise.all([...permitted].map((address) => readToken(chain, address)))
    return { block: chain.block, currencies: tokens.filter((token) => token !== null), newest }
  })
}

const AGAIN_MS = 15_000
const EPOCHS = 24

/** Every node's own word on the telemetry it got, over its last 24 epochs; undefined until asked. */
export function useCoverages(): readonly NodeResult<CoverageModel>[] | undefined {
  const config = useConfig()
  return useQuery({ queryKey: ['coverages', config.nodes], queryFn: ({ signal }) => readCoverages(config, EPOCHS, { signal }), refetchInterval: AGAIN_MS }).data
}
