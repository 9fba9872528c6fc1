import type { Address, ContractFunctionReturnType } from 'viem'
import { primarySaleAbi } from '../abi/PrimarySale'
import type { Chain } from '../chain'
import { orNull, read, unless } from './call'
import type { FixedTerms, ShareWords } from './shares'
import { readFixedTerms, readShareWords } from './shares'
import type { Token } from './tokens'
import { readToken } from './tokens'

/**
 * A sale as IPrimarySale.Sale has it: money in smallest units of `token`, shares in smallest units of the share. `price` is for one whole share,
 * 10^decimals of its smallest units.
 */
export interface Sale {
  readonly saleId: bigint
  readonly seller: Address
  readonly price: bigint
  readonly currency: Address
  readonly token: Token | null
  readonly cap: bigint
  readonly minimum: bigint
  readonly sold: bigint
  /** cap - sold. */
  readonly left: bigint
  readonly share: Address
  /** The share token's own words. */
  readonly shareName: string
  readonly shareSymbol: string
  /** Of the share. */
  readonly decimals: number
  /** The share's waterfall says these; null only for a share that is no FleetShare, which the contract refuses. */
  readonly fleetId: bigint | null
  readonly tranche: number | null
  readonly tranches: number | null
  readonly face: bigint | null
  readonly couponBps: number | null
  readonly held: bigint
  readonly proceeds: bigint
  /** When buying ends, Unix seconds. */
  readonly end: bigint
  readonly successful: boolean
  readonly reclaimed: boolean
}

/** A sale that is looked at by itself. */
export interface SaleNow extends Sale {
  /** What the seller could claim at this block of what the shares here have earned. */
  readonly income: bigint
}

/** What was bought before the sale succeeded and is neither delivered nor refunded. */
export interface Booking {
  readonly shares: bigint
  readonly paid: bigint
}

/** Some sales, newest first, and how many there are in all: the newest has that id. */
export interface SalePage {
  readonly total: bigint
  readonly sales: readonly Sale[]
}

/** Of a page, unless a reader asks otherwise: anyone who holds a share can open as many sales as they like. */
export const SALES_ON_A_PAGE = 50

/** `count` sales with ids `from` downwards, by default the newest. */
export async function readSales(chain: Chain, page: { readonly from?: bigint; readonly count?: number } = {}): Promise<SalePage> {
  const total = await countSales(chain)
  const first = page.from === undefined || page.from > total ? total : page.from
  const count = Math.min(page.count ?? SALES_ON_A_PAGE, Number(first))
  const ids = Array.from({ length: Math.max(0, count) }, (_, index) => first - BigInt(index))
  const raw = await Promise.all(ids.map((id) => readRaw(chain, id)))
  // Of each currency once: unlike a share's terms, a stranger's token may come to say something else.
  const currencies = [...new Set(raw.flatMap((each) => (each === null ? [] : [each.currency])))]
  const [tokens, sold] = await Promise.all([
    Promise.all(currencies.map((each) => readToken(chain, each))),
    Promise.all(raw.map((each) => (each === null ? null : readSold(chain, each.share)))),
  ])
  const sales = ids.flatMap((id, place) => {
    const [each, share] = [raw[place], sold[place]]
    return !each || !share ? [] : [saleOf(id, each, tokens[currencies.indexOf(each.currency)] ?? null, share)]
  })
  return { total, sales }
}

/** One sale; null when there is none with that id. */
export async function readSale(chain: Chain, saleId: bigint): Promise<SaleNow | null> {
  if (saleId <= 0n || saleId >> 256n !== 0n) return null
  const [raw, income] = await Promise.all([
    readRaw(chain, saleId),
    orNull(read(chain, { ...contract(chain), functionName: 'incomeOf', args: [saleId] })),
  ])
  if (raw === null) return null
  const [token, sold] = await Promise.all([readToken(chain, raw.currency), readSold(chain, raw.share)])
  return { ...saleOf(saleId, raw, token, sold), income: income ?? raw.income }
}

/** The sales in which something is booked to a buyer, newest first. Asks every sale. */
export async function readBookings(chain: Chain, buyer: Address): Promise<{ readonly sale: Sale; readonly booking: Booking }[]> {
  const total = await countSales(chain)
  const ids = Array.from({ length: Number(total) }, (_, index) => total - BigInt(index))
  const bookings = await Promise.all(ids.map((id) => readBooking(chain, id, buyer)))
  const own = ids.flatMap((id, place) => {
    const booking = bookings[place]
    return booking === undefined || booking.shares === 0n ? [] : [{ id, booking }]
  })
  const sales = await Promise.all(own.map(({ id }) => readSale(chain, id)))
  return own.flatMap(({ booking }, place) => {
    const sale = sales[place]
    return sale ? [{ sale, booking }] : []
  })
}

/** What is booked to a buyer; zeros when nothing is. */
export function readBooking(chain: Chain, saleId: bigint, buyer: Address): Promise<Booking> {
  return read(chain, { ...contract(chain), functionName: 'bookingOf', args: [saleId, buyer] })
}

function contract(chain: Chain) {
  return { address: chain.config.contracts.PrimarySale.address, abi: primarySaleAbi } as const
}

type Raw = ContractFunctionReturnType<typeof primarySaleAbi, 'view', 'saleOf'>

function countSales(chain: Chain): Promise<bigint> {
  return read(chain, { ...contract(chain), functionName: 'saleCount' })
}

function readRaw(chain: Chain, saleId: bigint): Promise<Raw | null> {
  return unless('PrimarySale_UnknownSale', read(chain, { ...contract(chain), functionName: 'saleOf', args: [saleId] }))
}

async function readSold(chain: Chain, share: Address): Promise<Sold> {
  const words = await readShareWords(chain, share)
  return { words, waterfall: words === null ? null : await readFixedTerms(chain, words.waterfall) }
}

/** What a sale's share says of itself, and on what terms its waterfall pays: null where it says nothing of the kind. */
interface Sold {
  readonly words: ShareWords | null
  readonly waterfall: FixedTerms | null
}

function saleOf(saleId: bigint, raw: Raw, token: Token | null, { words, waterfall }: Sold): Sale {
  const tranche = words === null ? undefined : waterfall?.tranches[words.tranche]
  return {
    saleId,
    seller: raw.seller,
    price: raw.price,
    currency: raw.currency,
    token,
    cap: raw.cap,
    minimum: raw.minimum,
    sold: raw.sold,
    left: raw.cap - raw.sold,
    share: raw.share,
    shareName: words?.name ?? '',
    shareSymbol: words?.symbol ?? '',
    decimals: raw.decimals,
    fleetId: waterfall?.fleetId ?? null,
    tranche: words?.tranche ?? null,
    tranches: waterfall?.tranches.length ?? null,
    face: tranche?.face ?? null,
    couponBps: tranche?.couponBps ?? null,
    held: raw.held,
    proceeds: raw.proceeds,
    end: BigInt(raw.end),
    successful: raw.successful,
    reclaimed: raw.reclaimed,
  }
}
