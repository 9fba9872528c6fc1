import type { Block } from '../../chain/chain'
import { readFleet, type FleetSummary } from '../../chain/read/fleets'
import { readCover, runwayFor, type Cover } from '../../chain/read/leases'
import { readOracle, type Oracle } from '../../chain/read/oracle'
import { readBalance } from '../../chain/read/tokens'
import { useChainQuery, type ChainQuery } from '../../chain/useChainQuery'
import type { Order } from './order'

type Address = `0x${string}`

/** What a quote is made from, at one block. */
export interface Offer {
  readonly block: Block
  readonly fleet: FleetSummary
  readonly oracle: Oracle
  readonly cover: Cover
  /** What the viewer has of the currency; null without a viewer. */
  readonly balance: bigint | null
}

/** null where there is no fleet with that id. */
export function useOffer(fleetId: bigint, viewer: Address | null): ChainQuery<Offer | null> {
  return useChainQuery(['lease-capacity', 'offer', fleetId, viewer], async (chain) => {
    const [fleet, oracle] = await Promise.all([readFleet(chain, fleetId), readOracle(chain)])
    if (fleet === null) return null
    const token = fleet.token
    const [cover, balance] = await Promise.all([
      readCover(chain, fleet.spec.currency),
      viewer === null || token === null ? null : readBalance(chain, token.address, viewer),
    ])
    return { block: chain.block, fleet, oracle, cover, balance }
  })
}

/** The least escrow of an order, by the contract's own view; not read without an order. */
export function useRunway({ fleetId, spec }: FleetSummary, order: Order | null): ChainQuery<bigint> {
  const asked = order ?? { units: 0n, start: 0n, end: 0n }
  return useChainQuery(
    ['lease-capacity', 'runway', fleetId, asked.units, asked.start, asked.end, spec.listRate],
    (chain) => runwayFor(chain, { fleetId, units: asked.units, start: asked.start, end: asked.end, rate: spec.listRate }),
    { enabled: order !== null },
  )
}
