import type { Block, Chain } from '../../chain/chain'
import { readFleets, type FleetSummary } from '../../chain/read/fleets'
import { readHoldings, type Holding } from '../../chain/read/revenue'
import { readBookings, type Booking, type Sale } from '../../chain/read/sales'
import { useChainQuery, type ChainQuery } from '../../chain/useChainQuery'
import { gatherAccount } from './statement/gather'
import type { Address } from './statement/movement'
import { verdictOf, type Account, type Verdict } from './statement/statement'

/** What an account has, at one block. */
export interface Portfolio {
  readonly block: Block
  readonly holdings: readonly Holding[]
  /** Of sales in which something is booked to it. */
  readonly bookings: readonly { readonly sale: Sale; readonly booking: Booking }[]
  readonly fleets: readonly FleetSummary[]
}

/** Holdings and bookings, followed as blocks come. */
export function usePortfolio(holder: Address): ChainQuery<Portfolio> {
  return useChainQuery(['portfolio', holder], (chain) => readPortfolio(chain, holder))
}

/** An account's history, and whether it makes a statement. */
export interface Audited {
  readonly account: Account
  readonly verdict: Verdict
}

/** The books, followed as blocks come: from logs only what is new is read again. */
export function useBooks(holder: Address): ChainQuery<Audited> {
  return useChainQuery(['portfolio', 'books', holder], async (chain) => {
    const account = await gatherAccount(chain, holder)
    return { account, verdict: verdictOf(account) }
  })
}

async function readPortfolio(chain: Chain, holder: Address): Promise<Portfolio> {
  const [holdings, bookings, fleets] = await Promise.all([readHoldings(chain, holder), readBookings(chain, holder), readFleets(chain)])
  return { block: chain.block, holdings, fleets, bookings }
}
