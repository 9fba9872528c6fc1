import type { ChainEvent } from '../../../chain/history/events'
import type { Address } from './movement'

/** P of the simulated waterfall, seconds. */
export const PERIOD = 604_800n
export const SHARE: Address = '0x5a00000000000000000000000000000000000001'
export const SALES: Address = '0x5a1e000000000000000000000000000000000002'
const WATERFALL: Address = '0xfa11000000000000000000000000000000000003'
const NOBODY: Address = '0x0000000000000000000000000000000000000000'

interface Income {
  before: bigint
  amount: bigint
  period: bigint
}

/** FleetShare, RevenueWaterfall and PrimarySale for one tranche, written after the contracts' storage and not after the code under test; for tests. */
export class Simulation {
  readonly events: ChainEvent[] = []
  block = 1n
  private logIndex = 0
  private readonly accounts = new Map<Address, { balance: bigint; streamed: bigint; claimable: bigint }>()
  private readonly incomes: [Income, Income] = [
    { before: 0n, amount: 0n, period: 0n },
    { before: 0n, amount: 0n, period: 0n },
  ]
  private newest: Income = this.incomes[0]
  private lastDistributedAt: bigint
  readonly sales: { seller: Address; price: bigint; cap: bigint; minimum: bigint; sold: bigint; successful: boolean; end: bigint; bookings: Map<Address, { shares: bigint; paid: bigint }> }[] = []

  constructor(
    public time: bigint,
    readonly face: bigint,
    readonly issuedTo: Address,
  ) {
    this.lastDistributedAt = time
    this.emit('RevenueFactory', 'RevenueCreated', NOBODY, { fleetId: 7n, waterfall: WATERFALL, shares: [SHARE], terms: { period: PERIOD }, tranches: [{ face, couponBps: 0n }], holder: issuedTo })
    this.account(issuedTo).balance = face
    this.emit('FleetShare', 'Transfer', SHARE, { from: NOBODY, to: issuedTo, value: face })
  }

  pass(seconds: bigint): void {
    this.time += seconds
    this.block += 1n
    this.logIndex = 0
  }

  distribute(amount: bigint): boolean {
    const period = this.time / PERIOD
    if (period === this.lastDistributedAt / PERIOD) return false
    const slot = this.slot(period)
    const before = this.newest.before + this.newest.amount
    Object.assign(slot, { before, amount, period })
    this.newest = slot
    this.lastDistributedAt = this.time
    this.emit('RevenueWaterfall', 'Distributed', WATERFALL, { period, incomes: [amount] })
    return true
  }

  streamed(): bigint {
    const period = this.time / PERIOD
    const last = this.slot(period - 1n)
    if (last.period === period - 1n) return last.before + (last.amount * (this.time % PERIOD)) / PERIOD
    const other = this.slot(period)
    if (other.period === period) return other.before
    const newest = other.period > last.period ? other : last
    return newest.before + newest.amount
  }

  streamOf(): { base: bigint; streaming: bigint; pending: bigint; period: bigint } {
    const period = this.lastDistributedAt / PERIOD
    const newest = this.slot(period)
    const older = this.slot(period - 1n)
    if (older.period === period - 1n) return { base: older.before, streaming: older.amount, pending: newest.amount, period }
    return { base: newest.before, streaming: 0n, pending: newest.amount, period }
  }

  claimable(holder: Address): bigint {
    const account = this.account(holder)
    return (account.balance * (this.streamed() - account.streamed)) / this.face + account.claimable
  }

  balance(holder: Address): bigint {
    return this.account(holder).balance
  }

  transfer(from: Address, to: Address, value: bigint): void {
    if (this.account(from).balance < value) return
    if (value !== 0n && from !== to) {
      this.touch(from, -value)
      this.touch(to, value)
    }
    this.emit('FleetShare', 'Transfer', SHARE, { from, to, value })
  }

  claim(holder: Address, to: Address): void {
    const amount = this.claimable(holder)
    if (amount === 0n) return
    this.touch(holder, 0n)
    this.account(holder).claimable = 0n
    this.emit('FleetShare', 'IncomeClaimed', SHARE, { holder, to, amount })
  }

  open(seller: Address, cap: bigint, minimum: bigint, price: bigint, end: bigint): void {
    if (this.account(seller).balance < cap || cap === 0n) return
    this.sales.push({ seller, price, cap, minimum, sold: 0n, successful: false, end, bookings: new Map() })
    const offer = { fleetId: 7n, tranche: 0n, price, cap, minimum, end }
    this.emit('PrimarySale', 'SaleOpened', SALES, { saleId: BigInt(this.sales.length), share: SHARE, seller, currency: NOBODY, offer })
    this.transfer(seller, SALES, cap)
  }

  buy(place: number, buyer: Address, shares: bigint): void {
    const sale = this.sales[place]
    if (sale === undefined || this.time >= sale.end || shares === 0n || shares > sale.cap - sale.sold) return
    const [saleId, cost] = [BigInt(place + 1), (shares * sale.price + 999_999n) / 1_000_000n]
    sale.sold += shares
    if (!sale.successful && sale.sold >= sale.minimum) {
      sale.successful = true
      this.emit('PrimarySale', 'SaleSucceeded', SALES, { saleId, sold: sale.sold })
    }
    this.emit('PrimarySale', 'Bought', SALES, { saleId, buyer, shares, cost, delivered: sale.successful })
    if (sale.successful) return this.transfer(SALES, buyer, shares)
    const before = sale.bookings.get(buyer) ?? { shares: 0n, paid: 0n }
    sale.bookings.set(buyer, { shares: before.shares + shares, paid: before.paid + cost })
  }

  collect(place: number, buyer: Address, to: Address): void {
    const sale = this.sales[place]
    const booking = sale?.bookings.get(buyer)
    if (sale === undefined || booking === undefined || !sale.successful) return
    sale.bookings.delete(buyer)
    this.emit('PrimarySale', 'Delivered', SALES, { saleId: BigInt(place + 1), buyer, to, shares: booking.shares })
    this.transfer(SALES, to, booking.shares)
  }

  refund(place: number, buyer: Address, to: Address): void {
    const sale = this.sales[place]
    const booking = sale?.bookings.get(buyer)
    if (sale === undefined || booking === undefined || sale.successful || this.time < sale.end) return
    sale.bookings.delete(buyer)
    this.emit('PrimarySale', 'Refunded', SALES, { saleId: BigInt(place + 1), buyer, to, amount: booking.paid })
  }

  reclaim(place: number, to: Address): void {
    const sale = this.sales[place]
    if (sale === undefined || this.time < sale.end) return
    const shares = sale.successful ? sale.cap - sale.sold : sale.cap
    if (shares === 0n) return
    sale.cap = sale.sold
    this.emit('PrimarySale', 'Reclaimed', SALES, { saleId: BigInt(place + 1), to, shares })
    this.transfer(SALES, to, shares)
  }

  private account(holder: Address) {
    const known = this.accounts.get(holder)
    if (known !== undefined) return known
    const made = { balance: 0n, streamed: 0n, claimable: 0n }
    this.accounts.set(holder, made)
    return made
  }

  private touch(holder: Address, change: bigint): void {
    const account = this.account(holder)
    account.claimable += (account.balance * (this.streamed() - account.streamed)) / this.face
    account.streamed = this.streamed()
    account.balance += change
  }

  private slot(period: bigint): Income {
    return this.incomes[period % 2n === 0n ? 0 : 1]
  }

  private emit(contract: string, name: string, address: Address, args: object): void {
    const event: unknown = { contract, name, address, block: this.block, time: this.time, tx: `0x${this.block.toString(16).padStart(64, '0')}`, logIndex: this.logIndex++, args }
    // The events carry what the code under test reads of them.
    this.events.push(event as ChainEvent)
  }
}
