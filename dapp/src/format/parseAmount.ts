import { notationOf, type Locale } from './locale'
import { failure, success, type Result } from './result'

/** The longest text that is looked at: the largest uint256 with its groups is 103 characters, and a token may have many decimals. */
export const MAX_AMOUNT_TEXT = 200

/** The largest amount a contract can be sent. What a given field holds (often a uint96) is the caller's to check. */
export const MAX_AMOUNT = 2n ** 256n - 1n

/** Why a text is no amount. `position` counts UTF-16 units from 0 in the text as typed. */
export type AmountError =
  | { readonly code: 'amount.empty' }
  | { readonly code: 'amount.tooLong'; readonly length: number; readonly max: number }
  /** It begins with a plus or a minus, of whatever script. */
  | { readonly code: 'amount.signed'; readonly sign: string }
  /** `1e18` and its like. */
  | { readonly code: 'amount.exponent' }
  /** `0x10` and its like. */
  | { readonly code: 'amount.hexadecimal' }
  /** A digit that is not one of 0 to 9: Arabic-Indic, full-width and others. */
  | { readonly code: 'amount.foreignDigit'; readonly character: string; readonly codePoint: string; readonly position: number }
  /** A character that cannot be seen: control, zero-width, direction mark, line break. */
  | { readonly code: 'amount.invisibleCharacter'; readonly codePoint: string; readonly position: number }
  | { readonly code: 'amount.wrongCharacter'; readonly character: string; readonly codePoint: string; readonly position: number }
  /** Groups that are not of three digits, two kinds of group sign, a sign at the end, two decimal signs. */
  | { readonly code: 'amount.misplacedSeparator' }
  | { readonly code: 'amount.leadingZeros' }
  | { readonly code: 'amount.tooManyDecimals'; readonly found: number; readonly max: number }
  | { readonly code: 'amount.tooLarge'; readonly max: bigint }
  /** One sign, two meanings. Both are given in smallest units, so that the screen can ask which one was meant. */
  | { readonly code: 'amount.ambiguous'; readonly sign: '.' | ','; readonly asDecimal: bigint; readonly asGroups: bigint }

const EDGE_SPACES = /^[ \u00a0\u202f\u2009]+|[ \u00a0\u202f\u2009]+$/g
const SPACE = /[ \u00a0\u202f\u2009]/g
const STRANGE = /[^0-9., \u00a0\u202f\u2009]/u
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u
const SIGNED = /^[+\-\u2010-\u2015\u2212\u207a\u207b\ufe62\ufe63\uff0b\uff0d]/
const DIGITS = /^[0-9]+$/
/** The well-formed groups of three, one kind of sign throughout. */
const GROUPED = [/^[0-9]{1,3}(?: [0-9]{3})+$/, /^[0-9]{1,3}(?:,[0-9]{3})+$/, /^[0-9]{1,3}(?:\.[0-9]{3})+$/]

/**
 * Reads what a person typed as an amount: `decimals` is the token's, the value is in its smallest units, exact.
 *
 * The rule for separators, the same in every language:
 *
 * 1. The locale's own decimal sign, once, is the decimal sign: `1.000` in English and `1,000` in French are one. Without this rule an amount
 *    that the page itself shows could not be typed back.
 * 2. A sign that occurs more than once separates thousands, and so does a space (plain, no-break, narrow no-break, thin); groups must be of
 *    three digits. Before a decimal sign, the other sign separates thousands: `1,000.50` and `1.000,50` can mean one thing only.
 * 3. The other language's decimal sign, once, with one or two digits after it or nothing but a zero before it, is a decimal sign: `1,5` typed
 *    on the English page and `1.5` on the French one (the point is what French number pads type) have no other reading.
 * 4. The other sign, once, with three digits or more after it, is refused as `amount.ambiguous` with both readings: `1,000` in English is one
 *    thousand to an English reader and one to a French one, and here the readers are both; `1.000` in French likewise. `1,2345` is refused
 *    too: it is a decimal, or a group with a digit too many, and the two are a factor of ten thousand apart. Where the token has too few
 *    decimals for the decimal reading, an English comma between good groups separates thousands (`1,000` GPUs), and everything else is
 *    `amount.tooManyDecimals`.
 *
 * So a separator is never guessed: an amount is taken if it has one reading, and asked back if it has two. Leading zeros are refused, because
 * `01,000` is a slip. Signs, exponents, hexadecimal, other scripts' digits and invisible characters are refused by their own names. Zero is
 * an amount. Throws RangeError if `decimals` is not a uint8, which no ERC-20 can answer.
 */
export function parseAmount(text: string, decimals: number, locale: Locale): Result<bigint, AmountError> {
  if (!Number.isInteger(decimals) || decimals < 0 || decimals > 255) throw new RangeError(`decimals: ${decimals}`)
  if (text.length > MAX_AMOUNT_TEXT) return failure({ code: 'amount.tooLong', length: text.length, max: MAX_AMOUNT_TEXT })
  const typed = text.replace(EDGE_SPACES, '')
  if (typed === '') return failure({ code: 'amount.empty' })
  const strange = strangeCharacter(text, typed)
  if (strange) return failure(strange)

  const body = typed.replace(SPACE, ' ')
  const cut = decimalCut(body)
  const whole = cut === undefined ? body : body.slice(0, cut)
  const fraction = cut === undefined ? '' : body.slice(cut + 1)
  const wholeDigits = whole === '' ? '0' : withoutGroups(whole)
  if (wholeDigits === undefined || (cut !== undefined && !DIGITS.test(fraction))) return failure({ code: 'amount.misplacedSeparator' })
  if (/^0[0-9]/.test(wholeDigits)) return failure({ code: 'amount.leadingZeros' })

  const { foreignSign, foreignSignGroups } = notationOf(locale)
  const twoReadings = cut !== undefined && body[cut] === foreignSign && fraction.length >= 3 && wholeDigits !== '0'
  if (fraction.length > decimals) {
    const grouped = twoReadings && foreignSignGroups ? withoutGroups(body) : undefined
    if (grouped !== undefined) return inRange(smallestUnits(grouped, '', decimals))
    return failure({ code: 'amount.tooManyDecimals', found: fraction.length, max: decimals })
  }
  const asDecimal = inRange(smallestUnits(wholeDigits, fraction, decimals))
  if (!twoReadings || !asDecimal.ok) return asDecimal
  const asGroups = smallestUnits(wholeDigits + fraction, '', decimals)
  return failure({ code: 'amount.ambiguous', sign: foreignSign, asDecimal: asDecimal.value, asGroups })
}

function strangeCharacter(text: string, typed: string): AmountError | undefined {
  const sign = SIGNED.exec(typed)
  if (sign) return { code: 'amount.signed', sign: sign[0] }
  if (/^[0-9.,]+[eE][+-]?[0-9]+$/.test(typed)) return { code: 'amount.exponent' }
  if (/^0[xX][0-9a-fA-F]*$/.test(typed)) return { code: 'amount.hexadecimal' }
  const found = STRANGE.exec(text)
  if (found === null) return undefined
  const [character] = found
  const codePoint = codePointOf(character)
  if (INVISIBLE.test(character)) return { code: 'amount.invisibleCharacter', codePoint, position: found.index }
  const code = /\p{Nd}/u.test(character) ? 'amount.foreignDigit' : 'amount.wrongCharacter'
  return { code, character, codePoint, position: found.index }
}

function codePointOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
}

/** Where a decimal sign may stand: at the last point or comma, if that sign occurs once. */
function decimalCut(body: string): number | undefined {
  const last = Math.max(body.lastIndexOf('.'), body.lastIndexOf(','))
  if (last < 0) return undefined
  const sign = body.charAt(last)
  return body.indexOf(sign) === last ? last : undefined
}

/** The digits of a whole number with or without groups, or undefined if it is neither. */
function withoutGroups(whole: string): string | undefined {
  if (DIGITS.test(whole)) return whole
  return GROUPED.some((form) => form.test(whole)) ? whole.replace(/[ .,]/g, '') : undefined
}

/** `fraction` has at most `decimals` digits. */
function smallestUnits(whole: string, fraction: string, decimals: number): bigint {
  return BigInt(whole + fraction.padEnd(decimals, '0'))
}

function inRange(units: bigint): Result<bigint, AmountError> {
  return units > MAX_AMOUNT ? failure({ code: 'amount.tooLarge', max: MAX_AMOUNT }) : success(units)
}
