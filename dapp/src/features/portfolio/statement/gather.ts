import { atBlock } from '../../../chain/atBlock'
import type { Chain } from '../../../chain/chain'
import type { Asked, ChainEvent, History } from '../../../chain/history/events'
import { events } from '../../../chain/history/history'
import { readHoldings, readWaterfalls } from '../../../chain/read/revenue'
import { readBooking } from '../../../chain/read/sales'
import type { State } from './compare'
import { isSame, registersOf } from './facts'
import { keepBooks } from './keepBooks'
import type { Address } from './movement'
import type { Account, Naming } from './statement'

const OPENED: Asked = { contracts: ['PrimarySale'], names: ['SaleOpened'] }
const CREATED: Asked = { contracts: ['RevenueFactory'], names: ['RevenueCreated'] }

/**
 * An account's books from its events, and the chain's own figures at the block the books close at: the query's, or the newest that history is known to.
 * Rejects as reads do.
 */
export async function gatherAccount(chain: Chain, account: Address): Promise<Account> {
  const first = await Promise.all([
    events(chain, { contracts: ['FleetShare'], names: ['Transfer', 'IncomeClaimed'], subject: { account } }),
    events(chain, { contracts: ['PrimarySale'], subject: { account } }),
    events(chain, OPENED),
    events(chain, CREATED),
  ])
  const second = await Promise.all(furtherAsked(first.flatMap((each) => each.events), account).map((asked) => events(chain, asked)))
  const histories: readonly History[] = [...first, ...second]
  const until = histories.reduce((least, each) => (each.until < least ? each.until : least), chain.block.number)
  const at = await atBlock(chain, until)
  const known = inOrder(histories.flatMap((each) => each.events)).filter(({ block }) => block <= until)
  const end = { block: until, time: at.block.timestamp }
  const books = keepBooks({ account, end, saleContract: chain.config.contracts.PrimarySale.address, events: known })
  const [state, naming] = await Promise.all([readState(at, account, [...registersOf(known).sales.keys()]), readNaming(at)])
  const source = histories.some((each) => each.source === 'logs') ? 'logs' : 'indexer'
  return { chainId: chain.config.chain.id, books, blockHash: at.block.hash, state, naming, source }
}

/** What was distributed to the shares the account has had, and what became of its own sales. */
function furtherAsked(known: readonly ChainEvent[], account: Address): Asked[] {
  const { shares, sales } = registersOf(known)
  const touched = known.filter(({ contract }) => contract === 'FleetShare').map(({ address }) => shares.get(address.toLowerCase())?.fleetId)
  const fleets = [...new Set(touched)].filter((fleet) => fleet !== undefined)
  const own = [...sales].filter(([, { seller }]) => isSame(seller, account)).map(([saleId]) => saleId)
  return [
    ...fleets.map((fleet): Asked => ({ contracts: ['RevenueWaterfall'], names: ['Distributed'], subject: { fleet } })),
    ...own.map((sale): Asked => ({ contracts: ['PrimarySale'], names: ['Reclaimed', 'Withdrawn', 'SaleIncomeClaimed'], subject: { sale } })),
  ]
}

/** Each event once, ascending: the questions overlap. */
function inOrder(all: readonly ChainEvent[]): ChainEvent[] {
  const byPlace = new Map(all.map((event) => [`${event.block}:${event.logIndex}`, event]))
  return [...byPlace.values()].sort((a, b) => (a.block === b.block ? a.logIndex - b.logIndex : a.block < b.block ? -1 : 1))
}

async function readState(at: Chain, account: Address, saleIds: readonly bigint[]): Promise<State> {
  const [holdings, bookings] = await Promise.all([
    readHoldings(at, account),
    Promise.all(saleIds.map(async (saleId) => ({ saleId, ...(await readBooking(at, saleId, account)) }))),
  ])
  return { shares: holdings.map(({ tranche, balance, claimable }) => ({ share: tranche.share, balance, claimable })), bookings }
}

/** What every share is called, also those that were sold long ago. */
async function readNaming(at: Chain): Promise<Naming[]> {
  const waterfalls = await readWaterfalls(at)
  return waterfalls.flatMap(({ token, tranches }) => tranches.map(({ share, symbol, decimals }) => ({ share, symbol, decimals, token })))
}
