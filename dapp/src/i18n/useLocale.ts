import { useLingui } from '@lingui/react'
import type { Locale } from '../format/locale'

/** The page's language, for the functions of `src/format`. */
export function useLocale(): Locale {
  const { i18n } = useLingui()
  return i18n.locale === 'fr' || i18n.locale === 'en-XA' ? i18n.locale : 'en'
}
