import type { ChainEvent, EventOf } from '../../../chain/history/events'
import { isEvent } from '../../../chain/history/events'
import { isSame, keyOf, type Facts, type Registers } from './facts'

/** A share token's transfer. */
export type Transfer = EventOf<'FleetShare', 'Transfer'>

/** The sale's own event of which a share transfer is the delivery. */
export type Companion =
  | EventOf<'PrimarySale', 'Bought'>
  | EventOf<'PrimarySale', 'Delivered'>
  | EventOf<'PrimarySale', 'Reclaimed'>
  | EventOf<'PrimarySale', 'SaleOpened'>

/**
 * Which transfers are a sale's doing, by event: within a transaction each is the last such event before it of the same share and amount that no earlier
 * transfer was paired with. The contract tells first and moves the shares then.
 */
export function companionsOf({ account, saleContract, events }: Facts, { sales }: Registers): ReadonlyMap<Transfer, Companion> {
  const pairs = new Map<Transfer, Companion>()
  const taken = new Set<Companion>()
  const candidates = new Map<string, Companion[]>()
  for (const event of events) {
    if (isCompanion(event)) candidates.set(event.tx, [...(candidates.get(event.tx) ?? []), event])
    if (!isEvent('FleetShare', 'Transfer')(event)) continue
    const { from, to, value } = event.args
    const outOfSale = isSame(from, saleContract) && isSame(to, account)
    const intoSale = isSame(to, saleContract) && isSame(from, account)
    if (!outOfSale && !intoSale) continue
    const found = (candidates.get(event.tx) ?? []).findLast((each) => {
      const sale = sales.get(each.args.saleId)
      const fits = sale !== undefined && isSame(sale.share, event.address) && sharesIn(each) === value
      return fits && !taken.has(each) && (each.name === 'SaleOpened') === intoSale && keyOf(receiverOf(each)) === keyOf(account)
    })
    if (found === undefined) continue
    taken.add(found)
    pairs.set(event, found)
  }
  return pairs
}

function isCompanion(event: ChainEvent): event is Companion {
  if (isEvent('PrimarySale', 'Bought')(event)) return event.args.delivered
  const others = [isEvent('PrimarySale', 'Delivered'), isEvent('PrimarySale', 'Reclaimed'), isEvent('PrimarySale', 'SaleOpened')]
  return others.some((is) => is(event))
}

function sharesIn(event: Companion): bigint {
  return event.name === 'SaleOpened' ? event.args.offer.cap : event.args.shares
}

/** Whose account the shares go to; of an opened sale, come from. */
function receiverOf(event: Companion): `0x${string}` {
  if (event.name === 'Bought') return event.args.buyer
  return event.name === 'SaleOpened' ? event.args.seller : event.args.to
}
