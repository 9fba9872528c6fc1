import { useLingui } from '@lingui/react'
import { useCallback } from 'react'

/** Texts by id in the page's language. Amounts, numbers and dates among the values are texts already; only what a plural counts is a number. */
export type Translate = (id: string, values?: Readonly<Record<string, string | number>>) => string

export function useT(): Translate {
  const { i18n } = useLingui()
  const { locale } = i18n
  // A new function in a new language, so that what was made with it is made anew.
  return useCallback<Translate>((id, values) => (locale === '' ? '' : i18n._(id, values)), [i18n, locale])
}
