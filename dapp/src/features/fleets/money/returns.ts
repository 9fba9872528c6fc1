import { PPM, ppmDown } from '../../../format/ratio'
import type { Distribution } from './distributions'

/** What some distributions in a row paid in all. Money in smallest units of the currency, times in Unix seconds. */
export interface Paid {
  /** null where no event tells when the rent began to be settled. */
  readonly from: bigint | null
  readonly until: bigint
  readonly count: number
  readonly rent: bigint
  readonly energyWh: bigint
  readonly fees: bigint
  readonly reserveIn: bigint
  readonly reserveOut: bigint
  /** By tranche, senior first. */
  readonly incomes: readonly bigint[]
  /** All of `incomes`: rent + reserveOut = fees + reserveIn + income. */
  readonly income: bigint
}

/** Which distributions a return is told of: all, those whose whole time lies within the last 30 days, or the last one. */
export type Window = 'all' | 'month' | 'last'

export const WINDOWS: readonly Window[] = ['all', 'month', 'last']

const DAY = 86_400n
const YEAR = 365n * DAY
const WH_PER_KWH = 1000n
/** No rate per year is made of less time than this. */
const LEAST_TO_ANNUALISE = 30n * DAY

/** The distributions of a window; `now` is the chain's time. */
export function windowOf(distributions: readonly Distribution[], window: Window, now: bigint): readonly Distribution[] {
  if (window === 'last') return distributions.slice(-1)
  if (window === 'all') return distributions
  return distributions.filter(({ from }) => from !== null && from >= now - 30n * DAY)
}

/** The sums of distributions in a row, oldest first; null of none. */
export function paidIn(distributions: readonly Distribution[], tranches: number): Paid | null {
  const [first, last] = [distributions[0], distributions.at(-1)]
  if (first === undefined || last === undefined) return null
  const sum = (of: (distribution: Distribution) => bigint): bigint => distributions.reduce((total, each) => total + of(each), 0n)
  const incomes = Array.from({ length: tranches }, (_, tranche) => sum((each) => each.incomes[tranche] ?? 0n))
  return {
    from: first.from,
    until: last.time,
    count: distributions.length,
    rent: sum(({ rent }) => rent),
    energyWh: sum(({ energyWh }) => energyWh),
    fees: sum(feesOf),
    reserveIn: sum(({ reserveIn }) => reserveIn),
    reserveOut: sum(({ reserveOut }) => reserveOut),
    incomes,
    income: incomes.reduce((total, each) => total + each, 0n),
  }
}

/** All four fees of a distribution: protocol, oracle, energy and operator. */
export function feesOf({ fees }: Distribution): bigint {
  return fees.protocol + fees.oracle + fees.energy + fees.operator
}

/** Rent for each metered kWh, smallest units rounded down: floor(rent x 1000 / Wh); undefined without energy. */
export function rentPerKWhDown(rent: bigint, energyWh: bigint): bigint | undefined {
  return energyWh > 0n ? (rent * WH_PER_KWH) / energyWh : undefined
}

/** A return on a face. Parts per million, rounded down. */
export interface Return {
  /** amount / face over the period, as it is. */
  readonly ppm: bigint
  /** The same as a simple rate per year of 365 days; null where the period has less than 30 days, or its beginning is not known. */
  readonly yearlyPpm: bigint | null
}

/** What `amount` is of `face` (smallest units) over `seconds`, null where they are not known; undefined for no face. Both rates are made of the amounts, not of each other. */
export function returnDown(amount: bigint, face: bigint, seconds: bigint | null): Return | undefined {
  const ppm = ppmDown(amount, face)
  if (ppm === undefined) return undefined
  return { ppm, yearlyPpm: seconds !== null && seconds >= LEAST_TO_ANNUALISE ? (amount * PPM * YEAR) / (face * seconds) : null }
}

/** Gross: rent on all faces. Net: what a tranche got on its face, and all of them on all faces. */
export interface Returns {
  readonly seconds: bigint | null
  readonly gross: Return | undefined
  readonly net: Return | undefined
  readonly byTranche: readonly (Return | undefined)[]
}

/** The returns of what was paid; `faces` by tranche, senior first, smallest units. */
export function returnsOf(paid: Paid, faces: readonly bigint[]): Returns {
  const seconds = paid.from === null ? null : paid.until - paid.from
  const face = faces.reduce((total, each) => total + each, 0n)
  return {
    seconds,
    gross: returnDown(paid.rent, face, seconds),
    net: returnDown(paid.income, face, seconds),
    byTranche: faces.map((each, tranche) => returnDown(paid.incomes[tranche] ?? 0n, each, seconds)),
  }
}
