import type { Locale } from '../format/locale'

export const LOCALES: readonly Locale[] = ['en', 'fr']
const KEY = 'wellhead.locale'

/** The language that the page began in, which public/boot.js chose. */
export function firstLocale(): Locale {
  const { lang } = document.documentElement
  return lang === 'fr' || lang === 'en-XA' ? lang : 'en'
}

/** Remembers a choice, where the browser lets it. */
export function storeLocale(locale: Locale): void {
  try {
    localStorage.setItem(KEY, locale)
  } catch {
    // The page works in the chosen language all the same.
  }
}
