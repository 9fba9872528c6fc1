import type { Messages } from '@lingui/core'
import type { Locale } from '../format/locale'
import { i18n } from './i18n'
import { pseudo } from './pseudo'

/** Every catalog in the tree, by its path from here; each is a chunk of its own, compiled at build. */
const CATALOGS = import.meta.glob<Messages>('../**/messages/*.json', { import: 'default' })

/** What has to be there again after a change of language, oldest first. */
const scopes = new Set<string>()
let active: Locale = 'en'
/** Counts changes of language: of two that overlap the later one holds. */
let changes = 0

/**
 * Adds the texts of folders, each named by its path below `src` (`features/fleets`), in the active language. A folder without a catalog adds nothing.
 * Rejects where a catalog cannot be fetched.
 */
export async function loadScopes(names: readonly string[]): Promise<void> {
  const locale = active
  const added = names.filter((name) => !scopes.has(name))
  const catalogs = await Promise.all(added.map((name) => catalogOf(name, locale)))
  // The language was changed while these were on their way.
  if (locale !== active) return loadScopes(names)
  for (const [index, name] of added.entries()) {
    i18n.load(locale, catalogs[index] ?? {})
    scopes.add(name)
  }
}

/** Changes the page's language, with all texts that were loaded before. Rejects where one cannot be fetched; the language then stays. */
export async function activate(locale: Locale): Promise<void> {
  const mine = ++changes
  const names = [...scopes]
  const catalogs = await Promise.all(names.map((name) => catalogOf(name, locale)))
  if (mine !== changes) return
  active = locale
  i18n.loadAndActivate({ locale, messages: Object.assign({}, ...catalogs) })
  // Texts that came in meanwhile came in the language before.
  const late = [...scopes].filter((name) => !names.includes(name))
  for (const name of late) scopes.delete(name)
  await loadScopes(late)
  document.documentElement.lang = locale
}

async function catalogOf(name: string, locale: Locale): Promise<Messages> {
  const load = CATALOGS[`../${name}/messages/${locale === 'en-XA' ? 'en' : locale}.json`]
  const messages = load === undefined ? {} : await load()
  return locale === 'en-XA' ? pseudo(messages) : messages
}
