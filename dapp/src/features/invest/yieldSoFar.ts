import { ppmDown } from '../../format/ratio'

const YEAR = 31_536_000n
/** Under this many seconds a yield is not made into a yearly one. */
export const LEAST_FOR_A_YEAR = 30n * 86_400n

/** Income that has streamed to a tranche since its waterfall was made, as parts of what it stands on. */
export interface YieldSoFar {
  /** Seconds since the waterfall was made. */
  readonly seconds: bigint
  /** Smallest units of the currency, after every fee of the waterfall. */
  readonly income: bigint
  /** Of the face, in parts per million; undefined over no face. */
  readonly ofFace: bigint | undefined
  /** Of what the whole tranche would cost at the sale's price. */
  readonly ofPrice: bigint | undefined
  /** Simple, 365 days; null under 30 days. */
  readonly ofPriceYearly: bigint | null
}

/** `value`: what the whole tranche costs at the price asked. All amounts in smallest units, rounded down. */
export function yieldSoFar(income: bigint, face: bigint, value: bigint, since: bigint, now: bigint): YieldSoFar {
  const seconds = now > since ? now - since : 0n
  const yearly = seconds >= LEAST_FOR_A_YEAR ? (ppmDown(income * YEAR, value * seconds) ?? null) : null
  return { seconds, income, ofFace: ppmDown(income, face), ofPrice: ppmDown(income, value), ofPriceYearly: yearly }
}
