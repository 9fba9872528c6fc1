import { editableAmount } from '../format/formatAmount'
import type { Locale } from '../format/locale'
import { parseAmount } from '../format/parseAmount'

/** How the text of an amount field is read. */
export interface AmountReading {
  readonly decimals: number
  readonly locale: Locale
}

/** The text of a field that is read otherwise from now on: in another language the same amount, written as that one does; what was no amount stays as it was typed. */
export function carriedAmount(text: string, before: AmountReading, after: AmountReading): string {
  if (before.locale === after.locale) return text
  const read = parseAmount(text, before.decimals, before.locale)
  return read.ok ? editableAmount(read.value, before.decimals, after.locale) : text
}
