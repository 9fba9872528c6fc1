import fc from 'fast-check'
import { expect, test } from 'vitest'
import { editableAmount, formatAmount } from './formatAmount'
import { notationOf, type Locale } from './locale'
import { MAX_AMOUNT, parseAmount } from './parseAmount'

const locales = fc.constantFrom<Locale>('en', 'fr', 'en-XA')
const amounts = fc.oneof(fc.bigInt(0n, MAX_AMOUNT), fc.bigInt(0n, 10n ** 12n))

test('amounts are written as each language writes them', () => {
  expect(formatAmount(1_234_567_500_000n, 6, 'en')).toBe('1,234,567.50')
  expect(formatAmount(1_234_567_500_000n, 6, 'fr')).toBe('1\u202f234\u202f567,50')
  expect(formatAmount(1_234_567_500_000n, 6, 'en-XA')).toBe('1,234,567.50')
  expect(formatAmount(2_350_001n, 6, 'en', { symbol: 'USDC' })).toBe('2.350001\u00a0USDC')
  expect(formatAmount(0n, 6, 'fr')).toBe('0,00')
  expect(formatAmount(1000n, 0, 'en')).toBe('1,000')
  expect(formatAmount(5_000_000n, 6, 'en', { minDecimals: 0 })).toBe('5')
  expect(formatAmount(1n, 255, 'en').length).toBe(257)
})

test('the signs are those of Intl in both languages', () => {
  for (const locale of ['en', 'fr'] as const) {
    const parts = new Intl.NumberFormat(locale, { style: 'percent', minimumFractionDigits: 1 }).formatToParts(0.125)
    const { decimalSign, percentGap } = notationOf(locale)
    // Releases of Intl differ in the width of the no-break space.
    expect(parts.map((part) => part.value).join('').replace('\u202f', '\u00a0')).toBe(`12${decimalSign}5${percentGap}%`)
  }
})

test('a cut rounds down', () => {
  expect(formatAmount(1_999_999n, 6, 'en', { maxDecimals: 2 })).toBe('1.99')
  expect(formatAmount(-1_234_567n, 6, 'en', { maxDecimals: 2 })).toBe('\u22121.24')
})

test('an amount too small to show is not shown as zero', () => {
  expect(formatAmount(3n, 6, 'en', { maxDecimals: 2, symbol: 'USDC' })).toBe('<\u00a00.01\u00a0USDC')
  expect(formatAmount(3n, 6, 'fr', { maxDecimals: 2 })).toBe('<\u00a00,01')
  expect(formatAmount(3n, 6, 'en', { maxDecimals: 0 })).toBe('<\u00a01')
})

test('a hostile symbol is visible, cut, and does not reorder the number', () => {
  expect(formatAmount(1_000_000n, 6, 'en', { symbol: '\u202eCDSU' })).toBe('1.00\u00a0⟨U+202E⟩CDSU')
  expect(formatAmount(1_000_000n, 6, 'en', { symbol: 'x'.repeat(10_000) })).toBe(`1.00\u00a0${'x'.repeat(16)}…`)
  expect(formatAmount(1_000_000n, 6, 'en', { symbol: 'שקל' })).toBe('1.00\u00a0\u2068שקל\u2069')
})

test('parsing what was formatted gives the same units, for every amount, token and language', () => {
  fc.assert(
    fc.property(amounts, fc.integer({ min: 0, max: 77 }), locales, (units, decimals, locale) => {
      expect(parseAmount(formatAmount(units, decimals, locale), decimals, locale)).toEqual({ ok: true, value: units })
      expect(parseAmount(editableAmount(units, decimals, locale), decimals, locale)).toEqual({ ok: true, value: units })
    }),
    { numRuns: 2000 },
  )
})

test('a cut amount is less than one step below the whole one', () => {
  fc.assert(
    fc.property(
      fc.bigInt(0n, 10n ** 30n),
      fc.integer({ min: 3, max: 18 }),
      fc.integer({ min: 0, max: 2 }),
      locales,
      (units, decimals, maxDecimals, locale) => {
        const step = 10n ** BigInt(decimals - maxDecimals)
        fc.pre(units >= step)
        const down = parseAmount(formatAmount(units, decimals, locale, { maxDecimals }), maxDecimals, locale)
        if (!down.ok) throw new Error('not read back')
        const below = units - down.value * step
        expect(below >= 0n && below < step).toBe(true)
      },
    ),
  )
})

test('an amount in a field has no groups and no zeros to fill', () => {
  expect(editableAmount(1_234_500_000n, 6, 'fr')).toBe('1234,5')
})
