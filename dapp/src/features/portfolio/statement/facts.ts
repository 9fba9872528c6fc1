import type { ChainEvent, EventOf } from '../../../chain/history/events'
import { isEvent } from '../../../chain/history/events'
import type { Distribution } from './distributed'
import type { Address, ShareOf } from './movement'

/** A block and its time, Unix seconds. */
export interface Moment {
  readonly block: bigint
  readonly time: bigint
}

/** What a sale sells, and whose it is. */
export interface SaleOf {
  readonly share: Address
  readonly seller: Address
}

/** All that a statement of `account` up to `end` is made from: nothing in it is read from the chain's state. */
export interface Facts {
  readonly account: Address
  readonly end: Moment
  /** PrimarySale. */
  readonly saleContract: Address
  /** Ascending by (block, logIndex), none above `end`: of every share the account ever had, and of every sale. More than these do no harm. */
  readonly events: readonly ChainEvent[]
}

/** What the events say of all shares and sales, whoever's. */
export interface Registers {
  /** By the share's address in lower case. */
  readonly shares: ReadonlyMap<string, ShareOf>
  readonly distributions: ReadonlyMap<string, readonly Distribution[]>
  readonly sales: ReadonlyMap<bigint, SaleOf>
}

/** The shares that were ever made, what was distributed to each, and the sales. */
export function registersOf(events: readonly ChainEvent[]): Registers {
  const created = events.filter(isEvent('RevenueFactory', 'RevenueCreated'))
  const shares = new Map(created.flatMap(sharesOf).map((share) => [keyOf(share.share), share]))
  const tranches = new Map(created.map(({ args }) => [keyOf(args.waterfall), args.shares]))
  const distributions = new Map<string, Distribution[]>()
  for (const { address, args } of events.filter(isEvent('RevenueWaterfall', 'Distributed'))) {
    for (const [tranche, share] of (tranches.get(keyOf(address)) ?? []).entries()) {
      const before = distributions.get(keyOf(share)) ?? []
      distributions.set(keyOf(share), [...before, { period: args.period, amount: args.incomes[tranche] ?? 0n }])
    }
  }
  const opened = events.filter(isEvent('PrimarySale', 'SaleOpened'))
  const sales = new Map(opened.map(({ args }) => [args.saleId, { share: args.share, seller: args.seller }]))
  return { shares, distributions, sales }
}

/** An address as a key: its case is a checksum and nothing else. */
export function keyOf(address: Address): string {
  return address.toLowerCase()
}

export function isSame(one: Address, other: Address): boolean {
  return keyOf(one) === keyOf(other)
}

function sharesOf({ args }: EventOf<'RevenueFactory', 'RevenueCreated'>): ShareOf[] {
  return args.shares.map((share, tranche) => ({
    share,
    tranche,
    fleetId: args.fleetId,
    face: args.tranches[tranche]?.face ?? 0n,
    period: args.terms.period,
  }))
}
