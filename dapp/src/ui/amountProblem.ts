import { formatAmount } from '../format/formatAmount'
import type { Locale } from '../format/locale'
import type { AmountError } from '../format/parseAmount'
import type { Translate } from '../i18n/useT'

/** The sentence for an amount that was not understood, in `decimals` and `symbol` of the field. An ambiguous one is asked about instead: see AmountInput. */
export function amountProblem(error: AmountError, t: Translate, locale: Locale, decimals: number, symbol: string | undefined): string {
  switch (error.code) {
    case 'amount.empty':
      return t('ui.amount.empty')
    case 'amount.tooLong':
      return t('ui.amount.tooLong', { max: String(error.max) })
    case 'amount.signed':
      return t('ui.amount.signed', { sign: error.sign })
    case 'amount.exponent':
      return t('ui.amount.exponent')
    case 'amount.hexadecimal':
      return t('ui.amount.hexadecimal')
    case 'amount.foreignDigit':
      return t('ui.amount.foreignDigit', { character: error.character, code: error.codePoint })
    case 'amount.invisibleCharacter':
      return t('ui.amount.invisibleCharacter', { code: error.codePoint, position: String(error.position + 1) })
    case 'amount.wrongCharacter':
      return t('ui.amount.wrongCharacter', { character: error.character, code: error.codePoint })
    case 'amount.misplacedSeparator':
      return t('ui.amount.misplacedSeparator', { example: formatAmount(123456789n, 2, locale) })
    case 'amount.leadingZeros':
      return t('ui.amount.leadingZeros')
    case 'amount.tooManyDecimals':
      return t('ui.amount.tooManyDecimals', { found: String(error.found), max: error.max })
    case 'amount.tooLarge':
      return t('ui.amount.tooLarge')
    case 'amount.ambiguous':
      return t('ui.amount.ambiguous', {
        sign: error.sign,
        groups: shown(error.asGroups, decimals, locale, symbol),
        decimal: shown(error.asDecimal, decimals, locale, symbol),
      })
  }
}

/** An amount as the field shows it back. */
export function shown(units: bigint, decimals: number, locale: Locale, symbol: string | undefined): string {
  return formatAmount(units, decimals, locale, symbol === undefined ? {} : { symbol })
}
