import { readFileSync } from 'node:fs'
import { runInNewContext } from 'node:vm'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { firstLocale, LOCALES, storeLocale } from '../i18n/locales'
import { applyTheme, shownTheme, THEMES } from './theme'

const BOOT = readFileSync(new URL('../../public/boot.js', import.meta.url), 'utf8')

interface Browser {
  readonly hash?: string
  readonly languages?: readonly string[]
  readonly kept?: Readonly<Record<string, string>>
}

/** The root element as public/boot.js leaves it. */
function booted({ hash = '', languages = ['en-GB'], kept = {} }: Browser): { readonly lang: string; readonly dataset: Readonly<Record<string, string>> } {
  const root = { lang: 'en', dataset: {} }
  const localStorage = { getItem: (key: string) => kept[key] ?? null }
  runInNewContext(BOOT, { document: { documentElement: root }, location: { hash }, navigator: { languages }, localStorage, URLSearchParams })
  return root
}

describe('the first language', () => {
  it.each<[string, Browser, string]>([
    ['English, of a browser that has neither', { languages: ['de', 'it'] }, 'en'],
    ['of a browser without languages', { languages: [] }, 'en'],
    ['the browser’s first that there is', { languages: ['de-CH', 'fr-CH', 'en'] }, 'fr'],
    ['in whatever case', { languages: ['FR'] }, 'fr'],
    ['the one chosen here before the browser’s', { languages: ['fr'], kept: { 'wellhead.locale': 'en' } }, 'en'],
    ['the one in the address before all', { hash: '#/fleets/1?part=money&lang=fr', kept: { 'wellhead.locale': 'en' } }, 'fr'],
    ['the pseudo-locale, by address', { hash: '#/?lang=en-XA' }, 'en-XA'],
    ['not the pseudo-locale that somebody kept', { kept: { 'wellhead.locale': 'en-XA' } }, 'en'],
    ['none that the page has not', { hash: '#/?lang=de', languages: ['fr'] }, 'fr'],
    ['not what a path says', { hash: '#/lang=fr' }, 'en'],
  ])('is %s', (_, browser, lang) => {
    expect(booted(browser).lang).toBe(lang)
  })
})

describe('the first colours', () => {
  it('are those chosen before, and the machine’s else', () => {
    expect(booted({ kept: { 'wellhead.theme': 'dark' } }).dataset).toEqual({ theme: 'dark' })
    expect(booted({ kept: { 'wellhead.theme': '"><b>' } }).dataset).toEqual({})
    expect(booted({}).dataset).toEqual({})
  })
})

describe('a choice', () => {
  afterEach(() => vi.unstubAllGlobals())

  it.each(LOCALES.flatMap((locale) => THEMES.map((theme) => [locale, theme] as const)))('of %s and %s made on the page is found at the next visit', (locale, theme) => {
    const kept: Record<string, string> = {}
    vi.stubGlobal('localStorage', { setItem: (key: string, value: string) => void (kept[key] = value), removeItem: (key: string) => void delete kept[key] })
    vi.stubGlobal('document', { documentElement: { dataset: {} } })
    storeLocale(locale)
    applyTheme(theme)
    vi.stubGlobal('document', { documentElement: booted({ languages: [locale === 'fr' ? 'en' : 'fr'], kept }) })
    expect([firstLocale(), shownTheme()]).toEqual([locale, theme])
  })
})

it('a browser that keeps nothing for the page has its language and the machine’s colours all the same', () => {
  const root = { lang: 'en', dataset: {} }
  const closed = () => {
    throw new Error('SecurityError')
  }
  runInNewContext(BOOT, { document: { documentElement: root }, location: { hash: '' }, navigator: { languages: ['fr'] }, localStorage: { getItem: closed }, URLSearchParams })
  expect(root).toEqual({ lang: 'fr', dataset: {} })
})
