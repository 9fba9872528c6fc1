import { setupI18n } from '@lingui/core'
import { expect, test } from 'vitest'
import { compileCatalog } from './messagesPlugin'

/** A catalog as the page reads it: compiled, through JSON, loaded. */
function page(locale: string, catalog: Record<string, string>): ReturnType<typeof setupI18n> {
  const i18n = setupI18n()
  i18n.loadAndActivate({ locale, messages: JSON.parse(compileCatalog(JSON.stringify(catalog))) })
  return i18n
}

test('a compiled text needs no parser: it is tokens', () => {
  expect(JSON.parse(compileCatalog('{"a": "Fleet {name}", "b": "plain"}'))).toEqual({ a: ['Fleet ', ['name']], b: ['plain'] })
})

test('arguments, plurals and exact numbers survive compilation, in both languages', () => {
  const en = page('en', { n: '{count, plural, =0 {no fleets} one {# fleet} other {# fleets}} of {who}' })
  expect([0, 1, 2].map((count) => en._('n', { count, who: 'Ann' }))).toEqual(['no fleets of Ann', '1 fleet of Ann', '2 fleets of Ann'])
  // None is singular in French.
  const fr = page('fr', { n: '{count, plural, one {# parc} other {# parcs}}' })
  expect([0, 1, 2].map((count) => fr._('n', { count }))).toEqual(['0 parc', '1 parc', '2 parcs'])
})

test('a choice picks its text, or the other', () => {
  const i18n = page('en', { kind: '{kind, select, senior {Senior} other {Equity}}' })
  expect(['senior', 'what'].map((kind) => i18n._('kind', { kind }))).toEqual(['Senior', 'Equity'])
})

test('tags stay in the text for <T>', () => {
  expect(JSON.parse(compileCatalog('{"a": "See <0>{name}</0>"}'))).toEqual({ a: ['See <0>', ['name'], '</0>'] })
})

test('a text that is no ICU message stops the build and is named', () => {
  expect(() => compileCatalog('{"fleets.bad": "{count, plural, one {#}"}')).toThrow(/^fleets\.bad is not an ICU message/)
})

test.each(['{"fleets": {"list": "deep"}}', '{"fleets": 1}', '[]', '"text"', 'null'])('a catalog that is not flat is refused: %s', (json) => {
  expect(() => compileCatalog(json)).toThrow(/flat|texts by id/)
})

test('vitest and the build see catalogs through the plugin', async () => {
  const catalogs = import.meta.glob<Record<string, unknown>>('../src/app/messages/en.json', { import: 'default' })
  const load = Object.values(catalogs)[0]
  const catalog = await load?.()
  expect(Object.values(catalog ?? {}).every(Array.isArray)).toBe(true)
  expect(Object.keys(catalog ?? {}).length).toBeGreaterThan(0)
})
