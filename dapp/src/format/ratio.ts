import { formatAmount } from './formatAmount'
import { notationOf, type Locale } from './locale'

/** 100 % in basis points and in parts per million. */
export const BPS = 10_000n
export const PPM = 1_000_000n

/** `part / whole` in parts per million, rounded down; undefined if there is nothing to be a part of. */
export function ppmDown(part: bigint, whole: bigint): bigint | undefined {
  return whole > 0n ? (part * PPM) / whole : undefined
}

/** Basis points as a percentage, exact: 1250 is `12.5%`, in French `12,5 %`. */
export function formatBps(bps: bigint, locale: Locale): string {
  return percent(bps, 2, 2, locale)
}

/** Parts per million as a percentage with at most `maxDecimals` (default 2) digits, rounded down: 99.9999 % delivered is never shown as 100. */
export function formatPpm(ppm: bigint, locale: Locale, maxDecimals = 2): string {
  return percent(ppm, 4, maxDecimals, locale)
}

function percent(hundredths: bigint, decimals: number, maxDecimals: number, locale: Locale): string {
  const number = formatAmount(hundredths, decimals, locale, { maxDecimals, minDecimals: 0 })
  return `${number}${notationOf(locale).percentGap}%`
}
