import { useQuery, type UseQueryResult } from '@tanstack/react-query'
import type { Block, Chain } from '../../chain/chain'
import { useConfig } from '../../chain/context'
import type { History } from '../../chain/history/events'
import { events } from '../../chain/history/history'
import { readFleet, readFleets, type FleetSummary } from '../../chain/read/fleets'
import { readLease, readLeases, readLeasesOf, type Lease, type LeasePage } from '../../chain/read/leases'
import { readOracle, readStanding, type Oracle } from '../../chain/read/oracle'
import { readBalance } from '../../chain/read/tokens'
import { useChainQuery, type ChainQuery } from '../../chain/useChainQuery'
import type { LeaseModel } from '../../node/answers'
import type { NodeResult } from '../../node/fault'
import { readLeaseProof } from '../../node/read'

type Address = `0x${string}`

const PAGE = 25
const NODE_AGAIN_MS = 15_000

/** What every list of leases needs beside them, all at one block. */
export interface Surroundings {
  readonly block: Block
  readonly oracle: Oracle
  /** By id. */
  readonly fleets: ReadonlyMap<bigint, FleetSummary>
}

async function readSurroundings(chain: Chain): Promise<Surroundings> {
  const [oracle, fleets] = await Promise.all([readOracle(chain), readFleets(chain)])
  return { block: chain.block, oracle, fleets: new Map(fleets.map((fleet) => [fleet.fleetId, fleet])) }
}

/** One page of all leases, newest first; `from` null: the first. */
export function useLeasePage(from: bigint | null): ChainQuery<Surroundings & LeasePage> {
  return useChainQuery(['leases', 'page', from], async (chain) => {
    const [page, around] = await Promise.all([readLeases(chain, { count: PAGE, ...(from === null ? {} : { from }) }), readSurroundings(chain)])
    return { ...page, ...around }
  })
}

/** The leases that `holder` has; not read without one. */
export function useLeasesOf(holder: Address | null): ChainQuery<Surroundings & { readonly leases: readonly Lease[] }> {
  return useChainQuery(
    ['leases', 'of', holder],
    async (chain) => {
      const [leases, around] = await Promise.all([holder === null ? [] : readLeasesOf(chain, holder), readSurroundings(chain)])
      return { leases, ...around }
    },
    { enabled: holder !== null },
  )
}

/** One lease with what its page says of it, at one block. */
export interface OneLease {
  readonly block: Block
  readonly lease: Lease
  readonly fleet: FleetSummary | null
  readonly oracle: Oracle
  /** When the newest standing report was mined, Unix seconds; 0 before the first. */
  readonly headMinedAt: bigint
  /** What of the fleet's currency the viewer has; null without a viewer. */
  readonly balance: bigint | null
}

/** null where there is no lease with that id. */
export function useLease(leaseId: bigint, viewer: Address | null): ChainQuery<OneLease | null> {
  return useChainQuery(['leases', 'one', leaseId, viewer], async (chain) => {
    const [lease, oracle] = await Promise.all([readLease(chain, leaseId), readOracle(chain)])
    if (lease === null) return null
    const [fleet, standing] = await Promise.all([readFleet(chain, lease.terms.fleetId), readStanding(chain, oracle.headEpoch)])
    const balance = viewer === null || fleet === null || fleet.token === null ? null : await readBalance(chain, fleet.token.address, viewer)
    return { block: chain.block, lease, fleet, oracle, headMinedAt: standing?.minedAt ?? 0n, balance }
  })
}

/** Everything that happened to a lease, oldest first. */
export function useLeaseHistory(leaseId: bigint): ChainQuery<History> {
  return useChainQuery(['leases', 'history', leaseId], (chain) => events(chain, { contracts: ['CapacityLease'], subject: { lease: leaseId } }))
}

/** The lease's newest readings by a node's word. `covered`: whether there can be any; else none is asked for. */
export function useNodeReadings(leaseId: bigint, covered: boolean): UseQueryResult<NodeResult<LeaseModel>> {
  const config = useConfig()
  return useQuery({
    queryKey: ['leases', 'node', config.nodes, `${leaseId}`],
    queryFn: ({ signal }) => readLeaseProof(config, leaseId, { signal }),
    enabled: covered,
    refetchInterval: NODE_AGAIN_MS,
    retry: false,
  })
}
