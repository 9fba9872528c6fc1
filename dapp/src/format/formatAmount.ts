import { notationOf, type Locale } from './locale'
import { isolated, MAX_SYMBOL, visibleName } from './name'

export interface AmountOptions {
  /** Written after the number; may be a stranger's text. */
  readonly symbol?: string
  /** Digits after the decimal sign at most; default: all the token has. */
  readonly maxDecimals?: number
  /** Trailing zeros are kept up to here; default 2, as for money. Never above `maxDecimals` or the token's decimals. */
  readonly minDecimals?: number
}

/**
 * An amount for people, from smallest units, exact: no digit passes through a floating point number. Rounds down where `maxDecimals` cuts,
 * so nobody is shown more than there is; for what a person has or gets. A positive amount below the last digit shown is `< 0.01`, not zero.
 * With no cut, `parseAmount` reads the text back as the same units (without a symbol, and with `minDecimals` left alone: `1,000` alone is
 * asked about). Negative amounts, which the contracts do not have, are rounded towards minus infinity.
 */
export function formatAmount(units: bigint, decimals: number, locale: Locale, { symbol, maxDecimals = decimals, minDecimals = 2 }: AmountOptions = {}): string {
  const shown = Math.max(0, Math.min(maxDecimals, decimals))
  const rounded = floorDiv(units, 10n ** BigInt(decimals - shown))
  const lost = rounded === 0n && units > 0n
  const [whole = '0', fraction] = digitsOf(lost ? 1n : rounded, shown, Math.min(minDecimals, shown))
  const notation = notationOf(locale)
  const magnitude = INTEGERS[notation.numbers].format(BigInt(whole.replace('-', '')))
  const number =
    (lost ? '<\u00a0' : '') +
    (whole.startsWith('-') ? '\u2212' : '') +
    magnitude +
    (fraction === undefined ? '' : notation.decimalSign + fraction)
  return symbol === undefined ? number : `${number}\u00a0${isolated(visibleName(symbol, MAX_SYMBOL))}`
}

/** An amount to be put into a field and edited: exact, no groups, no zeros to fill, the locale's decimal sign. `parseAmount` reads it back. */
export function editableAmount(units: bigint, decimals: number, locale: Locale): string {
  return digitsOf(units, decimals, 0).join(notationOf(locale).decimalSign)
}

/** Integers only: Intl formats a bigint exactly, whatever its size, and the fraction needs no more than its digits. */
const INTEGERS = { en: new Intl.NumberFormat('en'), fr: new Intl.NumberFormat('fr') }

/** Whole digits and, unless empty, fraction digits; trailing zeros beyond `minDecimals` are dropped. */
function digitsOf(units: bigint, decimals: number, minDecimals: number): [string] | [string, string] {
  const sign = units < 0n ? '-' : ''
  const digits = (units < 0n ? -units : units).toString().padStart(decimals + 1, '0')
  const whole = sign + digits.slice(0, digits.length - decimals)
  let end = digits.length
  while (end > digits.length - decimals + minDecimals && digits[end - 1] === '0') end -= 1
  const fraction = digits.slice(digits.length - decimals, end)
  return fraction === '' ? [whole] : [whole, fraction]
}

/** Towards minus infinity; bigint division alone goes towards zero. `divisor` is positive. */
function floorDiv(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor
  return value < 0n && quotient * divisor !== value ? quotient - 1n : quotient
}
