/** The page's languages. `en-XA` is the pseudo-locale of the translation tests: its words are disguised, its numbers and dates are English. */
export type Locale = 'en' | 'fr' | 'en-XA'

/** How a language writes numbers and which Intl locales format for it. */
export interface Notation {
  /** For `Intl.NumberFormat` and `Intl.ListFormat`. */
  readonly numbers: 'en' | 'fr'
  /**
   * For `Intl.DateTimeFormat`. English dates are day, month in letters, year and a 24-hour clock: no reader takes the day for the month, and
   * the order is that of the French page.
   */
  readonly dates: 'en-GB' | 'fr-FR'
  readonly decimalSign: '.' | ','
  /** The sign of the other language, which a person may have typed all the same. */
  readonly foreignSign: '.' | ','
  /** Whether the foreign sign separates thousands here: the comma does in English, the point does not in French. */
  readonly foreignSignGroups: boolean
  /** What stands between a number and its per cent sign. */
  readonly percentGap: string
}

const ENGLISH: Notation = {
  numbers: 'en',
  dates: 'en-GB',
  decimalSign: '.',
  foreignSign: ',',
  foreignSignGroups: true,
  percentGap: '',
}

const FRENCH: Notation = {
  numbers: 'fr',
  dates: 'fr-FR',
  decimalSign: ',',
  foreignSign: '.',
  foreignSignGroups: false,
  percentGap: '\u00a0',
}

/** The notation of a locale. */
export function notationOf(locale: Locale): Notation {
  return locale === 'fr' ? FRENCH : ENGLISH
}
