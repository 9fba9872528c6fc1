import fc from 'fast-check'
import { expect, test } from 'vitest'
import { shortAddress } from './address'
import { isolated, MAX_NAME, visibleName } from './name'

test('ordinary names stay as they are', () => {
  for (const name of ['Lyon A100', 'Forêt d’Orient 🚀', '北京', 'a⟨b⟩', 'e\u0301te\u0301']) expect(visibleName(name)).toBe(name)
  expect(visibleName('')).toBe('')
})

test('markup stays text', () => {
  expect(visibleName('<img src=x onerror=alert(1)>')).toBe('<img src=x onerror=alert(1)>')
})

test('what cannot be seen, or turns its neighbours, is made visible', () => {
  expect(visibleName('USD\u202eC')).toBe('USD⟨U+202E⟩C')
  expect(visibleName('US\u200bDC')).toBe('US⟨U+200B⟩DC')
  expect(visibleName('a\u0000b\u2028c')).toBe('a⟨U+0000⟩b⟨U+2028⟩c')
  expect(visibleName('\u3164')).toBe('⟨U+3164⟩')
  expect(visibleName('\u{e0041}')).toBe('⟨U+E0041⟩')
  expect(visibleName('\ud800')).toBe('⟨U+D800⟩')
})

test('spaces of every kind are one plain space, none at the edges', () => {
  expect(visibleName(' a \u00a0\u3000\t\r\n b ')).toBe('a b')
})

test('piled accents are spelled out', () => {
  expect(visibleName(`a${'\u0301'.repeat(4)}`)).toBe('a\u0301\u0301⟨U+0301⟩⟨U+0301⟩')
  expect(visibleName('\u0301a')).toBe('⟨U+0301⟩a')
})

test('10 kB is cut and says so, and a mark is not cut in half', () => {
  expect(visibleName('x'.repeat(10_240))).toBe(`${'x'.repeat(MAX_NAME)}…`)
  expect(visibleName('x'.repeat(MAX_NAME))).toBe('x'.repeat(MAX_NAME))
  expect(visibleName(`${'x'.repeat(MAX_NAME - 1)}\u202e`)).toBe(`${'x'.repeat(MAX_NAME - 1)}…`)
  expect(visibleName('🚀'.repeat(100))).toBe(`${'🚀'.repeat(MAX_NAME)}…`)
  expect(visibleName(' '.repeat(10_240) + 'x')).toBe('…')
})

test('whatever the name, it is one short line without a character that hides', () => {
  const nasty = fc.constantFrom('\u202e', '\u200d', '\u0301', '\n', '\0', ' ', '<', '\u061c', '\ufe0f')
  // Any code point, lone surrogates included.
  const any = fc.integer({ min: 0, max: 0x10ffff }).map((point) => String.fromCodePoint(point))
  const hostile = fc.array(fc.oneof(nasty, any), { maxLength: 120 }).map((characters) => characters.join(''))
  fc.assert(
    fc.property(hostile, fc.integer({ min: 1, max: 60 }), (raw, max) => {
      const shown = visibleName(raw, max)
      expect([...shown].length).toBeLessThanOrEqual(max + 1)
      expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u)
      expect(shown).not.toMatch(/\p{M}{3}|^\p{M}| {2}|^ | $/u)
    }),
    { numRuns: 500 },
  )
})

test('right-to-left text is closed off, other text is not touched', () => {
  expect(isolated('שלום')).toBe('\u2068שלום\u2069')
  expect(isolated('USDC')).toBe('USDC')
})

test('an address keeps its EIP-55 case and six digits at either end', () => {
  expect(shortAddress('0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed')).toBe('0x5aAeb6…1BeAed')
})

test('what is no address is shown as text', () => {
  expect(shortAddress('vitalik\u202e.eth')).toBe('vitalik⟨U+202E⟩.eth')
  expect(shortAddress('0x1234')).toBe('0x1234')
  expect(shortAddress(`0x${'g'.repeat(40)}`)).toBe(`0x${'g'.repeat(40)}`)
})
