import type { Block, Chain } from '../../chain/chain'
import type { EventOf } from '../../chain/history/events'
import { isEvent } from '../../chain/history/events'
import { events } from '../../chain/history/history'
import { readFleet, readFleets, type Fleet, type FleetSummary } from '../../chain/read/fleets'
import { readOracle } from '../../chain/read/oracle'
import { readBooking, readSale, readSales, type Booking, type Sale, type SaleNow, type SalePage } from '../../chain/read/sales'
import { readAllowance, readBalance } from '../../chain/read/tokens'
import { useChainQuery, type ChainQuery } from '../../chain/useChainQuery'

type Address = `0x${string}`

/** A page of sales at one block, newest first, and the fleets they are of. */
export interface Sales extends SalePage {
  readonly block: Block
  readonly fleets: readonly FleetSummary[]
}

/** `from`: the newest sale of the page; null for the newest there is. */
export function useSales(from: bigint | null): ChainQuery<Sales> {
  return useChainQuery(['invest', 'sales', from], async (chain) => {
    const [page, fleets] = await Promise.all([readSales(chain, from === null ? {} : { from }), readFleets(chain)])
    return { block: chain.block, ...page, fleets }
  })
}

/** What a viewer has to do with a sale. Smallest units. */
export interface Stake {
  readonly booking: Booking
  /** Of the sale's currency, and what of it the sale contract may take. */
  readonly balance: bigint
  readonly allowance: bigint
}

/** A sale and its fleet at one block; `stake` is the viewer's, without one null. */
export interface OneSale {
  readonly viewer: Address | null
  readonly block: Block
  readonly sale: SaleNow
  readonly fleet: Fleet | null
  readonly stake: Stake | null
}

/** One sale; null where there is none with that id. Another viewer changes nothing of the sale: the page stays, and what was typed into it. */
export function useSale(saleId: bigint, viewer: Address | null): ChainQuery<OneSale | null> {
  return useChainQuery(['invest', 'sale', saleId, viewer], (chain) => readOne(chain, saleId, viewer), { keep: true })
}

async function readOne(chain: Chain, saleId: bigint, viewer: Address | null): Promise<OneSale | null> {
  const sale = await readSale(chain, saleId)
  if (sale === null) return null
  const [fleet, stake] = await Promise.all([
    sale.fleetId === null ? null : readFleet(chain, sale.fleetId),
    viewer === null ? null : readStake(chain, sale, viewer),
  ])
  return { viewer, block: chain.block, sale, fleet, stake }
}

async function readStake(chain: Chain, { saleId, currency }: Sale, viewer: Address): Promise<Stake> {
  const [booking, balance, allowance] = await Promise.all([
    readBooking(chain, saleId, viewer),
    readBalance(chain, currency, viewer),
    readAllowance(chain, currency, viewer, chain.config.contracts.PrimarySale.address),
  ])
  return { booking, balance, allowance }
}

/** When a fleet's waterfall was made, Unix seconds, and where that was read; null where no event tells. */
export interface Made {
  readonly at: bigint
  readonly source: 'indexer' | 'logs'
}

export function useMade(fleetId: bigint | null): ChainQuery<Made | null> {
  return useChainQuery(
    ['invest', 'made', fleetId],
    async (chain) => {
      const { events: found, source } = await events(chain, { contracts: ['RevenueFactory'], names: ['RevenueCreated'] })
      const created = found.filter(isEvent('RevenueFactory', 'RevenueCreated')).find(({ args }) => args.fleetId === fleetId)
      return created === undefined ? null : { at: created.time, source }
    },
    // Followed until found: an indexer may be behind the chain.
    { follow: 'found', enabled: fleetId !== null },
  )
}

/** What has happened in a sale, oldest first. */
export interface SaleHistory {
  readonly until: bigint
  readonly source: 'indexer' | 'logs'
  readonly bought: readonly EventOf<'PrimarySale', 'Bought'>[]
  /** Who has booked shares that were neither delivered nor refunded. */
  readonly waiting: readonly { readonly buyer: Address; readonly shares: bigint }[]
}

export function useSaleHistory(saleId: bigint): ChainQuery<SaleHistory> {
  return useChainQuery(['invest', 'history', saleId], async (chain) => {
    const { events: found, until, source } = await events(chain, { contracts: ['PrimarySale'], subject: { sale: saleId } })
    const bought = found.filter(isEvent('PrimarySale', 'Bought'))
    const waiting = new Map<Address, bigint>()
    for (const event of found) {
      if (isEvent('PrimarySale', 'Bought')(event) && !event.args.delivered) {
        waiting.set(event.args.buyer, (waiting.get(event.args.buyer) ?? 0n) + event.args.shares)
      } else if (isEvent('PrimarySale', 'Delivered')(event) || isEvent('PrimarySale', 'Refunded')(event)) waiting.delete(event.args.buyer)
    }
    return { until, source, bought, waiting: [...waiting].map(([buyer, shares]) => ({ buyer, shares })) }
  })
}

/** The newest epoch that a report stands for. */
export function useHeadEpoch(): bigint | undefined {
  return useChainQuery(['invest', 'oracle'], readOracle).data?.headEpoch
}
