import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Locale } from './locale'
import { MAX_AMOUNT, MAX_AMOUNT_TEXT, parseAmount } from './parseAmount'

const LOCALES: readonly Locale[] = ['en', 'fr', 'en-XA']

/** The units if the text was taken, the error's code if it was not. */
function read(text: string, locale: Locale, decimals = 6): bigint | string {
  const result = parseAmount(text, decimals, locale)
  return result.ok ? result.value : result.error.code
}

describe('the hostile list of the issue, in both languages', () => {
  const table: [text: string, english: bigint | string, french: bigint | string][] = [
    ['1,5', 1_500_000n, 1_500_000n],
    ['1.5', 1_500_000n, 1_500_000n],
    ['1 000,50', 1_000_500_000n, 1_000_500_000n],
    ['1\u00a0000,50', 1_000_500_000n, 1_000_500_000n],
    ['1\u202f000,50', 1_000_500_000n, 1_000_500_000n],
    ['1,000.50', 1_000_500_000n, 1_000_500_000n],
    ['1.000,50', 1_000_500_000n, 1_000_500_000n],
    ['1,000', 'amount.ambiguous', 1_000_000n],
    ['1.000', 1_000_000n, 'amount.ambiguous'],
    ['1e18', 'amount.exponent', 'amount.exponent'],
    ['1,5E-3', 'amount.exponent', 'amount.exponent'],
    ['0x10', 'amount.hexadecimal', 'amount.hexadecimal'],
    ['-1', 'amount.signed', 'amount.signed'],
    ['\u22121', 'amount.signed', 'amount.signed'],
    ['+1', 'amount.signed', 'amount.signed'],
    [' -1', 'amount.signed', 'amount.signed'],
    ['1.1234567', 'amount.tooManyDecimals', 'amount.tooManyDecimals'],
    ['1,1234567', 'amount.tooManyDecimals', 'amount.tooManyDecimals'],
    ['', 'amount.empty', 'amount.empty'],
    [' \u00a0\u202f', 'amount.empty', 'amount.empty'],
    ['١٢', 'amount.foreignDigit', 'amount.foreignDigit'],
    ['１２', 'amount.foreignDigit', 'amount.foreignDigit'],
    ['1𝟐', 'amount.foreignDigit', 'amount.foreignDigit'],
    ['007', 'amount.leadingZeros', 'amount.leadingZeros'],
    ['00', 'amount.leadingZeros', 'amount.leadingZeros'],
    ['0 500', 'amount.leadingZeros', 'amount.leadingZeros'],
    ['012,500', 'amount.leadingZeros', 'amount.leadingZeros'],
    ['1\u0000', 'amount.invisibleCharacter', 'amount.invisibleCharacter'],
    ['1\t', 'amount.invisibleCharacter', 'amount.invisibleCharacter'],
    ['1\n2', 'amount.invisibleCharacter', 'amount.invisibleCharacter'],
    ['\u202e1', 'amount.invisibleCharacter', 'amount.invisibleCharacter'],
    ['1\u200b2', 'amount.invisibleCharacter', 'amount.invisibleCharacter'],
    ['\ufeff1', 'amount.invisibleCharacter', 'amount.invisibleCharacter'],
    ['\ud8001', 'amount.invisibleCharacter', 'amount.invisibleCharacter'],
    ['5 USDC', 'amount.wrongCharacter', 'amount.wrongCharacter'],
    ['$5', 'amount.wrongCharacter', 'amount.wrongCharacter'],
    ["1'000", 'amount.wrongCharacter', 'amount.wrongCharacter'],
    ['½', 'amount.wrongCharacter', 'amount.wrongCharacter'],
    ['Infinity', 'amount.wrongCharacter', 'amount.wrongCharacter'],
  ]
  test.each(table)('%j', (text, english, french) => {
    expect(read(text, 'en')).toBe(english)
    expect(read(text, 'en-XA')).toBe(english)
    expect(read(text, 'fr')).toBe(french)
  })

  test('5,000 digits', () => {
    for (const locale of LOCALES) expect(read('9'.repeat(5000), locale)).toBe('amount.tooLong')
  })

  test('nineteen decimals are one too many for a token of eighteen, in either notation', () => {
    const found = { code: 'amount.tooManyDecimals', found: 19, max: 18 }
    for (const locale of LOCALES) {
      for (const sign of ['.', ',']) {
        expect(parseAmount(`1${sign}${'0'.repeat(18)}1`, 18, locale)).toEqual({ ok: false, error: found })
      }
    }
    expect(read(`1,${'0'.repeat(17)}1`, 'fr', 18)).toBe(10n ** 18n + 1n)
  })
})

describe('separators', () => {
  const table: [text: string, english: bigint | string, french: bigint | string][] = [
    ['1000', 1_000_000_000n, 1_000_000_000n],
    ['1,000,000', 10n ** 12n, 10n ** 12n],
    ['1.000.000', 10n ** 12n, 10n ** 12n],
    ['1 000 000', 10n ** 12n, 10n ** 12n],
    ['0,500', 500_000n, 500_000n],
    ['0.500', 500_000n, 500_000n],
    ['.5', 500_000n, 500_000n],
    [',125', 125_000n, 125_000n],
    ['0', 0n, 0n],
    ['1,2345', 'amount.ambiguous', 1_234_500n],
    ['1.2345', 1_234_500n, 'amount.ambiguous'],
    ['1 000,000', 'amount.ambiguous', 1_000_000_000n],
    ['1.234,567', 'amount.ambiguous', 1_234_567_000n],
    ['1,234.567', 1_234_567_000n, 'amount.ambiguous'],
    ['1,00,000', 'amount.misplacedSeparator', 'amount.misplacedSeparator'],
    ['1 5', 'amount.misplacedSeparator', 'amount.misplacedSeparator'],
    ['1  000', 'amount.misplacedSeparator', 'amount.misplacedSeparator'],
    ['1234 567', 'amount.misplacedSeparator', 'amount.misplacedSeparator'],
    ['1.', 'amount.misplacedSeparator', 'amount.misplacedSeparator'],
    ['1,', 'amount.misplacedSeparator', 'amount.misplacedSeparator'],
    ['.', 'amount.misplacedSeparator', 'amount.misplacedSeparator'],
    ['1..5', 'amount.misplacedSeparator', 'amount.misplacedSeparator'],
    ['1.5,5', 'amount.misplacedSeparator', 'amount.misplacedSeparator'],
    ['1 000,000.50', 'amount.misplacedSeparator', 'amount.misplacedSeparator'],
    ['1.000,000,000', 'amount.misplacedSeparator', 'amount.misplacedSeparator'],
    ['0.000 001', 'amount.misplacedSeparator', 'amount.misplacedSeparator'],
  ]
  test.each(table)('%j', (text, english, french) => {
    expect(read(text, 'en')).toBe(english)
    expect(read(text, 'fr')).toBe(french)
  })

  test('an ambiguous amount carries both readings in smallest units', () => {
    expect(parseAmount('1,000', 6, 'en')).toEqual({
      ok: false,
      error: { code: 'amount.ambiguous', sign: ',', asDecimal: 1_000_000n, asGroups: 1_000_000_000n },
    })
    expect(parseAmount('1.000', 6, 'fr')).toEqual({
      ok: false,
      error: { code: 'amount.ambiguous', sign: '.', asDecimal: 1_000_000n, asGroups: 1_000_000_000n },
    })
  })

  test('a whole count has no decimals, so an English comma can only separate thousands', () => {
    expect(read('1,000', 'en', 0)).toBe(1000n)
    expect(read('1,000', 'en', 2)).toBe(100_000n)
    expect(read('1,0000', 'en', 0)).toBe('amount.tooManyDecimals')
    expect(read('1,000', 'fr', 0)).toBe('amount.tooManyDecimals')
    expect(read('1.000', 'fr', 0)).toBe('amount.tooManyDecimals')
    expect(read('1.000', 'en', 0)).toBe('amount.tooManyDecimals')
  })
})

test('an error names the character, its code point and where it stands', () => {
  expect(parseAmount('𝟏', 6, 'en')).toEqual({
    ok: false,
    error: { code: 'amount.foreignDigit', character: '𝟏', codePoint: 'U+1D7CF', position: 0 },
  })
  expect(parseAmount(' 12\u0007', 6, 'en')).toEqual({
    ok: false,
    error: { code: 'amount.invisibleCharacter', codePoint: 'U+0007', position: 3 },
  })
  expect(parseAmount('-1', 6, 'en')).toEqual({ ok: false, error: { code: 'amount.signed', sign: '-' } })
  expect(parseAmount('9'.repeat(5000), 6, 'en')).toEqual({
    ok: false,
    error: { code: 'amount.tooLong', length: 5000, max: MAX_AMOUNT_TEXT },
  })
})

test('the largest uint256 is taken and the next is not', () => {
  expect(read(MAX_AMOUNT.toString(), 'en', 0)).toBe(MAX_AMOUNT)
  expect(parseAmount((MAX_AMOUNT + 1n).toString(), 0, 'en')).toEqual({ ok: false, error: { code: 'amount.tooLarge', max: MAX_AMOUNT } })
})

test('decimals that no token has are a mistake of the caller', () => {
  for (const decimals of [-1, 1.5, 256, Number.NaN]) expect(() => parseAmount('1', decimals, 'en')).toThrow(RangeError)
})

const decimalsArbitrary = fc.constantFrom(0, 1, 2, 3, 6, 18)
const numberLike = fc.string({ unit: fc.constantFrom(...'0125.,. , \u00a0\u202f'), minLength: 1, maxLength: 14 })

test('no text is taken for two amounts: what both languages take, they take alike', () => {
  let both = 0
  fc.assert(
    fc.property(numberLike, decimalsArbitrary, (text, decimals) => {
      const english = parseAmount(text, decimals, 'en')
      const french = parseAmount(text, decimals, 'fr')
      if (english.ok && french.ok) {
        both += 1
        expect(french.value).toBe(english.value)
      }
    }),
    { numRuns: 3000 },
  )
  expect(both).toBeGreaterThan(100)
})

test('an amount taken is the digits typed, all of them, shifted by whole places', () => {
  let taken = 0
  fc.assert(
    fc.property(numberLike, decimalsArbitrary, fc.constantFrom(...LOCALES), (text, decimals, locale) => {
      const result = parseAmount(text, decimals, locale)
      if (!result.ok) return
      taken += 1
      const digits = (part: string) => part.replace(/[^0-9]/g, '')
      const after = (sign: string) => (text.includes(sign) ? digits(text.slice(text.lastIndexOf(sign) + 1)).length : 0)
      const possible = [0, after('.'), after(',')]
        .filter((places) => places <= decimals)
        .map((places) => BigInt(digits(text)) * 10n ** BigInt(decimals - places))
      expect(possible).toContain(result.value)
    }),
    { numRuns: 3000 },
  )
  expect(taken).toBeGreaterThan(300)
})

test('no text whatever makes it throw, and what it takes is a uint256', () => {
  const codePoint = fc.integer({ min: 0, max: 0x10ffff }).map((point) => String.fromCodePoint(point))
  const anything = fc.array(codePoint, { maxLength: 20 }).map((characters) => characters.join(''))
  const nearly = fc.string({ unit: fc.constantFrom(...'0123456789.,eExX+-'), maxLength: 220 })
  const text = fc.oneof(anything, nearly)
  fc.assert(
    fc.property(text, fc.integer({ min: 0, max: 255 }), fc.constantFrom(...LOCALES), (typed, decimals, locale) => {
      const result = parseAmount(typed, decimals, locale)
      if (result.ok) expect(result.value >= 0n && result.value <= MAX_AMOUNT).toBe(true)
      else expect(result.error.code).toMatch(/^amount\.[a-zA-Z]+$/)
    }),
    { numRuns: 1000 },
  )
})
