import { type Address, type Hash, type Hex, maxUint256 } from 'viem'
import { privateKeyToAccount, type PrivateKeyAccount } from 'viem/accounts'
import { erc20PermitAbi } from '../../../src/chain/abi/ERC20Permit'
import { fleetShareAbi } from '../../../src/chain/abi/FleetShare'
import { primarySaleAbi } from '../../../src/chain/abi/PrimarySale'
import { revenueWaterfallAbi } from '../../../src/chain/abi/RevenueWaterfall'
import type { Chain } from '../../harness/chain'
import type { World } from '../../harness/world'
import { contractOf, UNIT } from './people'

/** The world's own sales are of these shares: the equity of the first fleet, the senior tranche of the second, the equity of the one with hostile names. */
export type OfSale = 1n | 2n | 3n

export interface OwnSale {
  readonly saleId: bigint
  readonly share: Address
  readonly seller: PrivateKeyAccount
  readonly sellerKey: Hex
  /** Unix seconds. */
  readonly end: bigint
}

/** Enough for any of them: an estimate is of this moment, and the next block may be the first of a period, which costs more. */
const GAS = 1_000_000n

/** What an account of a test does on the chain itself, beside the page. */
export class Market {
  readonly sale: Address

  constructor(
    private readonly chain: Chain,
    private readonly world: World,
  ) {
    this.sale = contractOf(world, 'PrimarySale')
  }

  /** The share that one of the world's sales is of. */
  async shareOf(saleId: OfSale): Promise<Address> {
    return (await this.saleOf(saleId)).share
  }

  saleOf(saleId: bigint) {
    return this.chain.client.readContract({ address: this.sale, abi: primarySaleAbi, functionName: 'saleOf', args: [saleId] })
  }

  bookingOf(saleId: bigint, buyer: Address, blockNumber?: bigint) {
    return this.chain.client.readContract({ address: this.sale, abi: primarySaleAbi, functionName: 'bookingOf', args: [saleId, buyer], ...at(blockNumber) })
  }

  costOf(saleId: bigint, shares: bigint) {
    return this.chain.client.readContract({ address: this.sale, abi: primarySaleAbi, functionName: 'costOf', args: [saleId, shares] })
  }

  incomeOf(saleId: bigint) {
    return this.chain.client.readContract({ address: this.sale, abi: primarySaleAbi, functionName: 'incomeOf', args: [saleId] })
  }

  saleCount() {
    return this.chain.client.readContract({ address: this.sale, abi: primarySaleAbi, functionName: 'saleCount' })
  }

  /** In the share's currency, smallest units. */
  claimable(share: Address, holder: Address, blockNumber?: bigint) {
    return this.chain.client.readContract({ address: share, abi: fleetShareAbi, functionName: 'claimable', args: [holder], ...at(blockNumber) })
  }

  held(share: Address, holder: Address, blockNumber?: bigint) {
    return this.chain.client.readContract({ address: share, abi: fleetShareAbi, functionName: 'balanceOf', args: [holder], ...at(blockNumber) })
  }

  /** What a share has paid a holder in all, by its own events. */
  async claimedBy(share: Address, holder: Address): Promise<bigint> {
    const events = await this.chain.client.getContractEvents({ address: share, abi: fleetShareAbi, eventName: 'IncomeClaimed', args: { holder }, fromBlock: 0n })
    return events.reduce((total, { args }) => total + (args.amount ?? 0n), 0n)
  }

  /** IRevenueWaterfall.streamOf of the share's tranche: base, streaming, pending, arrears, period. */
  async streamOf(share: Address) {
    const [address, tranche] = await this.chain.client.readContract({ address: share, abi: fleetShareAbi, functionName: 'waterfall' })
    return this.chain.client.readContract({ address, abi: revenueWaterfallAbi, functionName: 'streamOf', args: [tranche] })
  }

  /** What has streamed to the share's tranche in all, smallest units. */
  async streamed(share: Address, blockNumber: bigint): Promise<bigint> {
    const [address, tranche] = await this.chain.client.readContract({ address: share, abi: fleetShareAbi, functionName: 'waterfall' })
    return this.chain.client.readContract({ address, abi: revenueWaterfallAbi, functionName: 'streamed', args: [tranche], blockNumber })
  }

  /** When the period ends that it is now, and with it what streams, Unix seconds. */
  async periodEnd(share: Address): Promise<bigint> {
    const length = await this.periodOf(share)
    return ((await this.chain.now()) / length + 1n) * length
  }

  /** Moves a chain of one's own to a moment at which a share has earned for some minutes: now, or in the next period, in which what waits streams. */
  async earn(share: Address): Promise<void> {
    const [, streaming, pending, , period] = await this.streamOf(share)
    const [now, length] = [await this.chain.now(), await this.periodOf(share)]
    const current = now / length
    const end = (current + 1n) * length
    // What a distribution brought in `period` streams in the one after it, whether or not another has come by then.
    const running = current === period ? streaming : current === period + 1n ? pending : 0n
    if (running > 0n && now + 300n < end) return this.chain.moveTo(now + 300n)
    if (current !== period || pending === 0n) throw new Error('nothing streams to the share: no distribution came in this period')
    await this.chain.moveTo(end + 300n)
  }

  /** Of the share's waterfall, seconds. */
  private async periodOf(share: Address): Promise<bigint> {
    const [address] = await this.chain.client.readContract({ address: share, abi: fleetShareAbi, functionName: 'waterfall' })
    const { period } = await this.chain.client.readContract({ address, abi: revenueWaterfallAbi, functionName: 'terms' })
    return BigInt(period)
  }

  /** Gives shares of the seller of one of the world's sales, who has many left. */
  async give(to: Address, shares: bigint, ofSale: OfSale = 1n): Promise<Address> {
    const { share, seller } = await this.saleOf(ofSale)
    await this.chain.client.setBalance({ address: seller, value: 10n ** 20n })
    await this.chain.client.impersonateAccount({ address: seller })
    await this.done(await this.chain.client.writeContract({ chain: null, gas: GAS, account: seller, address: share, abi: fleetShareAbi, functionName: 'transfer', args: [to, shares] }))
    return share
  }

  /** A sale of one's own, of the first fleet's equity at 1.04 a share; `cap` and `minimum` in whole shares. */
  async open(cap: bigint, minimum: bigint, seconds = 86_400n): Promise<OwnSale> {
    const sellerKey = await this.chain.freshKey()
    const seller = privateKeyToAccount(sellerKey)
    const share = await this.give(seller.address, cap * UNIT)
    await this.done(
      await this.chain.client.writeContract({ chain: null, gas: GAS, account: seller, address: share, abi: fleetShareAbi, functionName: 'approve', args: [this.sale, cap * UNIT] }),
    )
    const [waterfall, tranche] = await this.chain.client.readContract({ address: share, abi: fleetShareAbi, functionName: 'waterfall' })
    const { fleetId } = await this.chain.client.readContract({ address: waterfall, abi: revenueWaterfallAbi, functionName: 'terms' })
    const end = (await this.chain.now()) + seconds
    const offer = { fleetId, tranche: Number(tranche), price: 1_040_000n, cap: cap * UNIT, minimum: minimum * UNIT, end: Number(end) }
    const opened = { address: this.sale, abi: primarySaleAbi, functionName: 'open', args: [offer], account: seller } as const
    // Others open sales at the same time: the id is the one that its own event tells.
    const receipt = await this.done(await this.chain.client.writeContract({ ...opened, chain: null, gas: GAS }))
    const [event] = await this.chain.client.getContractEvents({ address: this.sale, abi: primarySaleAbi, eventName: 'SaleOpened', blockHash: receipt.blockHash, args: { seller: seller.address } })
    if (event?.args.saleId === undefined) throw new Error('the sale was not opened')
    return { saleId: event.args.saleId, share, seller, sellerKey, end }
  }

  /** Another buyer's purchase; whole shares. */
  async buy(saleId: bigint, shares: bigint, account?: PrivateKeyAccount): Promise<Address> {
    const buyer = account ?? privateKeyToAccount(await this.chain.freshKey())
    const cost = await this.costOf(saleId, shares * UNIT)
    if (account === undefined) await this.chain.mint(this.world.currency, buyer.address, cost)
    await this.done(
      await this.chain.client.writeContract({ chain: null, gas: GAS, account: buyer, address: this.world.currency, abi: erc20PermitAbi, functionName: 'approve', args: [this.sale, maxUint256] }),
    )
    await this.done(
      await this.chain.client.writeContract({ chain: null, gas: GAS, account: buyer, address: this.sale, abi: primarySaleAbi, functionName: 'buy', args: [saleId, shares * UNIT, cost] }),
    )
    return buyer.address
  }

  async collect(saleId: bigint, account: PrivateKeyAccount): Promise<void> {
    await this.done(
      await this.chain.client.writeContract({ chain: null, gas: GAS, account, address: this.sale, abi: primarySaleAbi, functionName: 'collect', args: [saleId, account.address] }),
    )
  }

  async send(share: Address, account: PrivateKeyAccount, to: Address, units: bigint): Promise<void> {
    await this.done(await this.chain.client.writeContract({ chain: null, gas: GAS, account, address: share, abi: fleetShareAbi, functionName: 'transfer', args: [to, units] }))
  }

  async claim(share: Address, account: PrivateKeyAccount): Promise<void> {
    await this.done(await this.chain.client.writeContract({ chain: null, gas: GAS, account, address: share, abi: fleetShareAbi, functionName: 'claim', args: [account.address] }))
  }

  private async done(hash: Hash) {
    const receipt = await this.chain.client.waitForTransactionReceipt({ hash })
    if (receipt.status !== 'success') throw new Error(`${hash} reverted`)
    return receipt
  }
}

function at(blockNumber: bigint | undefined) {
  return blockNumber === undefined ? {} : { blockNumber }
}
