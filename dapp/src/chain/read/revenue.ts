import type { Address } from 'viem'
import { fleetShareAbi } from '../abi/FleetShare'
import { revenueWaterfallAbi } from '../abi/RevenueWaterfall'
import type { Chain } from '../chain'
import { orNull, read } from './call'
import { countFleets, readRevenue } from './registry'
import type { Token } from './tokens'
import { readToken } from './tokens'

/** IRevenueWaterfall.Terms. `period` in seconds, `tariffPerKWh` and `reserveTarget` in smallest units. */
export interface WaterfallTerms {
  readonly fleetId: bigint
  readonly currency: Address
  readonly period: bigint
  readonly protocolFeeBps: number
  readonly oracleFeeBps: number
  readonly operatorFeeBps: number
  readonly energyCapBps: number
  readonly tariffPerKWh: bigint
  readonly reserveTarget: bigint
  readonly protocolTreasury: Address
  readonly oracleTreasury: Address
}

/** IRevenueWaterfall.streamOf: paid out before `period`, streaming over it, to stream over the next; and coupon unpaid. Smallest units. */
export interface Stream {
  readonly base: bigint
  readonly streaming: bigint
  readonly pending: bigint
  readonly arrears: bigint
  /** The period k = [k P, (k+1) P) that `streaming` is paid over. */
  readonly period: bigint
}

/** A class of claim. `face` is the coupon's base and the share's whole supply, smallest units. */
export interface Tranche {
  /** Its place, 0 is the most senior. */
  readonly index: number
  readonly face: bigint
  readonly couponBps: number
  readonly share: Address
  /** The share token's own words. */
  readonly name: string
  readonly symbol: string
  readonly decimals: number
  readonly stream: Stream
  /** All that was streamed to it up to this block. */
  readonly streamed: bigint
}

/** A fleet's waterfall. Amounts in smallest units of `token`. */
export interface Waterfall {
  readonly address: Address
  readonly token: Token | null
  readonly terms: WaterfallTerms
  /** Senior first; the last has no coupon and takes the rest. */
  readonly tranches: readonly Tranche[]
  /** Credited and not claimed yet, by payee. The operator's includes energy. */
  readonly fees: { readonly protocol: bigint; readonly oracle: bigint; readonly operator: bigint }
  readonly reserve: bigint
  /** Unix seconds; at first the waterfall's creation. */
  readonly lastDistributedAt: bigint
  /** When it can be distributed next: the start of the period after lastDistributedAt's. Unix seconds. */
  readonly nextDistributionAt: bigint
}

/** A holder's part of one tranche. */
export interface Holding {
  readonly fleetId: bigint
  readonly waterfall: Address
  readonly tranche: Tranche
  /** How many tranches the waterfall has: the last is equity. */
  readonly tranches: number
  readonly token: Token | null
  /** Smallest units of the share. */
  readonly balance: bigint
  /** tranche.face: what `balance` is a part of. */
  readonly supply: bigint
  /** Smallest units of `token` that could be claimed at this block. */
  readonly claimable: bigint
  /** Seconds of a period, for what streams next. */
  readonly period: bigint
}

/** The waterfall at an address; null when what is there is none. */
export async function readWaterfallAt(chain: Chain, address: Address): Promise<Waterfall | null> {
  const at = { address, abi: revenueWaterfallAbi } as const
  const feeOf = (payee: number) => orNull(read(chain, { ...at, functionName: 'feeOf', args: [payee] }))
  const [terms, faces, protocol, oracle, operator, reserve, lastAt, places] = await Promise.all([
    orNull(read(chain, { ...at, functionName: 'terms' })),
    orNull(read(chain, { ...at, functionName: 'tranches' })),
    feeOf(0),
    feeOf(1),
    feeOf(2),
    orNull(read(chain, { ...at, functionName: 'reserve' })),
    orNull(read(chain, { ...at, functionName: 'lastDistributedAt' })),
    Promise.all(PLACES.map((place) => readPlace(chain, address, BigInt(place)))),
  ])
  if (terms === null || faces === null || reserve === null || lastAt === null) return null
  if (protocol === null || oracle === null || operator === null) return null
  const [token, names] = await Promise.all([
    readToken(chain, terms.currency),
    Promise.all(faces.map((_, index) => readNames(chain, places[index]?.share ?? null))),
  ])
  const tranches = faces.flatMap((face, index) => {
    const [place, named] = [places[index], names[index]]
    return place === undefined || place === null || named === undefined || named === null ? [] : [{ index, ...face, ...place, ...named }]
  })
  if (tranches.length !== faces.length) return null
  const period = BigInt(terms.period)
  const lastDistributedAt = BigInt(lastAt)
  return {
    address,
    token,
    terms: { ...terms, fleetId: BigInt(terms.fleetId), period },
    tranches,
    fees: { protocol, oracle, operator },
    reserve,
    lastDistributedAt,
    nextDistributionAt: period === 0n ? 0n : (lastDistributedAt / period + 1n) * period,
  }
}

/** What `holder` has of every share of every fleet that was ever listed: those with a balance or something to claim. */
export async function readHoldings(chain: Chain, holder: Address): Promise<Holding[]> {
  const all = await readWaterfalls(chain)
  const holdings = await Promise.all(
    all.flatMap((waterfall) => waterfall.tranches.map((tranche) => readHolding(chain, waterfall, tranche, holder))),
  )
  return holdings.filter(({ balance, claimable }) => balance > 0n || claimable > 0n)
}

/** Every waterfall that rent goes to, ascending by fleet. */
export async function readWaterfalls(chain: Chain): Promise<Waterfall[]> {
  const count = await countFleets(chain)
  const ids = Array.from({ length: Number(count) }, (_, index) => BigInt(index + 1))
  const addresses = await Promise.all(ids.map((id) => readRevenue(chain, id)))
  const all = await Promise.all(addresses.map((address) => (address === null ? null : readWaterfallAt(chain, address))))
  return all.filter((waterfall) => waterfall !== null)
}

/** A waterfall has at most four tranches (RevenueFactory): asked for at once, before it is known how many there are. */
const PLACES = [0, 1, 2, 3] as const

async function readPlace(chain: Chain, address: Address, place: bigint) {
  const at = { address, abi: revenueWaterfallAbi, args: [place] } as const
  const [share, stream, streamed] = await Promise.all([
    orNull(read(chain, { ...at, functionName: 'shareOf' })),
    orNull(read(chain, { ...at, functionName: 'streamOf' })),
    orNull(read(chain, { ...at, functionName: 'streamed' })),
  ])
  if (share === null || stream === null || streamed === null) return null
  const [base, streaming, pending, arrears, period] = stream
  return { share, stream: { base, streaming, pending, arrears, period }, streamed }
}

async function readNames(chain: Chain, share: Address | null) {
  if (share === null) return null
  const at = { address: share, abi: fleetShareAbi } as const
  const [name, symbol, decimals] = await Promise.all([
    orNull(read(chain, { ...at, functionName: 'name' })),
    orNull(read(chain, { ...at, functionName: 'symbol' })),
    orNull(read(chain, { ...at, functionName: 'decimals' })),
  ])
  return decimals === null ? null : { name: name ?? '', symbol: symbol ?? '', decimals }
}

async function readHolding(chain: Chain, waterfall: Waterfall, tranche: Tranche, holder: Address): Promise<Holding> {
  const at = { address: tranche.share, abi: fleetShareAbi, args: [holder] } as const
  const [balance, claimable] = await Promise.all([
    read(chain, { ...at, functionName: 'balanceOf' }),
    read(chain, { ...at, functionName: 'claimable' }),
  ])
  const { address, token, terms } = waterfall
  const common = { fleetId: terms.fleetId, waterfall: address, tranche, tranches: waterfall.tranches.length, token }
  return { ...common, balance, supply: tranche.face, claimable, period: terms.period }
}
