import type { ChainEvent } from '../../../chain/history/events'
import { isEvent } from '../../../chain/history/events'
import { claimableAt, type ShareAccount } from '../shareAccount'
import { Ledger, placeOf, type Booked, type BooksFault } from './books'
import { companionsOf, type Companion, type Transfer } from './companions'
import { isSame, registersOf, type Facts, type Moment, type Registers } from './facts'
import type { Address, Movement, ShareOf } from './movement'

/** What an account has of a share when the books close. */
export interface Position {
  readonly share: ShareOf
  readonly account: ShareAccount
  /** At the closing moment, smallest units of the currency. */
  readonly claimable: bigint
}

/** An account's books, made from events alone. */
export interface Books {
  readonly account: Address
  readonly end: Moment
  /** In the order they happened; at the end what accrued up to the closing. */
  readonly movements: readonly Movement[]
  /** Of every share the account ever had, by fleet and tranche. */
  readonly positions: readonly Position[]
  readonly bookings: ReadonlyMap<bigint, Booked>
  readonly faults: readonly BooksFault[]
}

const NOBODY = '0x0000000000000000000000000000000000000000'

/** Follows every event as the contracts do, and closes the books at `facts.end`. */
export function keepBooks(facts: Facts): Books {
  const registers = registersOf(facts.events)
  const companions = companionsOf(facts, registers)
  const paired = new Set<ChainEvent>(companions.values())
  const ledger = new Ledger(registers)
  for (const event of facts.events) {
    if (isEvent('FleetShare', 'Transfer')(event)) move(ledger, facts.account, event, companions.get(event))
    else if (isEvent('FleetShare', 'IncomeClaimed')(event)) {
      if (isSame(event.args.holder, facts.account)) claim(ledger, event.address, event.args, event)
    } else if (event.contract === 'PrimarySale' && !paired.has(event)) sell(ledger, facts.account, registers, event)
  }
  const positions = close(ledger, registers, facts.end)
  const { movements, bookings, faults } = ledger
  return { account: facts.account, end: facts.end, movements, positions, bookings, faults }
}

/** A transfer touches both sides; one of nothing or to oneself touches nobody. */
function move(ledger: Ledger, account: Address, event: Transfer, companion: Companion | undefined): void {
  const { from, to, value } = event.args
  const [out, into] = [isSame(from, account), isSame(to, account)]
  if (out === into || value === 0n) return
  const share = ledger.shareAt(event.address, event.block)
  if (share === null) return
  const { balance } = ledger.accountOf(share)
  ledger.touch(share, placeOf(event), into ? balance + value : balance - value)
  const amount = into ? { sharesIn: value } : { sharesOut: value }
  const other = into ? from : to
  const saleId = companion?.args.saleId ?? null
  const place = placeOf(event)
  if (companion?.name === 'Bought') ledger.write('bought', share, place, { ...amount, saleId, other, paid: companion.args.cost })
  else if (companion?.name === 'Delivered' && isSame(companion.args.buyer, account)) {
    ledger.write('collected', share, place, { ...amount, saleId, other, bookedOut: ledger.unbook(companion.args.saleId).shares })
  } else if (companion?.name === 'Delivered') ledger.write('received', share, place, { ...amount, saleId, other: companion.args.buyer })
  else if (companion?.name === 'Reclaimed') ledger.write('reclaimed', share, place, { ...amount, saleId, other })
  else if (companion?.name === 'SaleOpened') ledger.write('offered', share, place, { ...amount, saleId, other })
  else if (into && from === NOBODY) ledger.write('issued', share, place, amount)
  else ledger.write(into ? 'received' : 'sent', share, place, { ...amount, other })
}

function claim(ledger: Ledger, token: Address, args: { readonly to: Address; readonly amount: bigint }, event: ChainEvent): void {
  const share = ledger.shareAt(token, event.block)
  if (share === null) return
  const place = placeOf(event)
  ledger.touch(share, place, ledger.accountOf(share).balance)
  const worked = ledger.payOut(share)
  if (worked !== args.amount) ledger.faults.push({ code: 'claimDiffers', share: token, block: event.block, said: args.amount, worked })
  ledger.write('claimed', share, place, { claimed: args.amount, other: args.to })
}

/** A sale's event that moved none of the account's own shares. */
function sell(ledger: Ledger, account: Address, { sales }: Registers, event: ChainEvent): void {
  if (event.contract !== 'PrimarySale') return
  const { saleId } = event.args
  const sale = sales.get(saleId)
  const place = placeOf(event)
  const mine = sale !== undefined && isSame(sale.seller, account)
  const isBuyer = 'buyer' in event.args && isSame(event.args.buyer, account)
  if (!mine && !isBuyer) return
  if (sale === undefined) {
    ledger.faults.push({ code: 'unknownSale', saleId, block: event.block })
    return
  }
  const share = ledger.shareAt(sale.share, event.block)
  if (share === null) return
  if (event.name === 'Bought' && isBuyer) {
    const { shares, cost, delivered } = event.args
    if (delivered) ledger.faults.push({ code: 'notDelivered', saleId, block: event.block })
    else {
      ledger.book(saleId, shares, cost)
      ledger.write('booked', share, place, { saleId, bookedIn: shares, paid: cost, other: sale.seller })
    }
  } else if (event.name === 'Delivered' && isBuyer) {
    ledger.write('collectedAway', share, place, { saleId, other: event.args.to, bookedOut: ledger.unbook(saleId).shares })
  } else if (event.name === 'Refunded' && isBuyer) {
    const { to, amount } = event.args
    ledger.write('refunded', share, place, { saleId, other: to, bookedOut: ledger.unbook(saleId).shares, received: amount })
  } else if (mine) sellersOwn(ledger, share, event)
}

/** What the seller had paid out, and unsold shares he had sent elsewhere. */
function sellersOwn(ledger: Ledger, share: ShareOf, event: ChainEvent): void {
  const place = placeOf(event)
  if (isEvent('PrimarySale', 'Withdrawn')(event)) {
    ledger.write('withdrawn', share, place, { saleId: event.args.saleId, other: event.args.to, received: event.args.amount })
  } else if (isEvent('PrimarySale', 'SaleIncomeClaimed')(event)) {
    ledger.write('saleIncome', share, place, { saleId: event.args.saleId, other: event.args.to, received: event.args.amount })
  } else if (isEvent('PrimarySale', 'Reclaimed')(event)) {
    ledger.write('reclaimed', share, place, { saleId: event.args.saleId, other: event.args.to })
  }
}

/** What accrued since each account was last touched, as lines of the closing moment; the contract has not written it, so the account stays. */
function close(ledger: Ledger, { shares }: Registers, end: Moment): Position[] {
  const held = [...ledger.accounts].flatMap(([key, account]) => {
    const share = shares.get(key)
    return share === undefined ? [] : [{ share, account }]
  })
  held.sort((a, b) => Number(a.share.fleetId - b.share.fleetId) || a.share.tranche - b.share.tranche)
  return held.map(({ share, account }) => {
    const claimable = claimableAt(account, ledger.streamed(share, end.time), share.face)
    const accrued = claimable - account.credited
    if (accrued > 0n) ledger.write('accrued', share, { ...end, tx: null, logIndex: null }, { accrued })
    return { share, account, claimable }
  })
}
