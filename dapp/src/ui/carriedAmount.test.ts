import { expect, test } from 'vitest'
import { parseAmount } from '../format/parseAmount'
import { carriedAmount } from './carriedAmount'

const en = { decimals: 6, locale: 'en' } as const
const fr = { decimals: 6, locale: 'fr' } as const

test.each(['1,234.5', '1.5', '1,234,567', '12.345', '0.000001', '1 234 567.5'])('%j is the same amount in the other language and back', (text) => {
  const read = parseAmount(text, 6, 'en')
  expect(read.ok).toBe(true)
  const carried = carriedAmount(text, en, fr)
  expect(parseAmount(carried, 6, 'fr')).toEqual(read)
  expect(parseAmount(carriedAmount(carried, fr, en), 6, 'en')).toEqual(read)
})

test('what is no amount, or has two readings, stays as it was typed', () => {
  for (const text of ['', 'abc', '1,234', '1e5']) {
    expect(parseAmount(text, 6, 'en').ok).toBe(false)
    expect(carriedAmount(text, en, fr)).toBe(text)
  }
})

test('another token reads the same figures', () => {
  expect(carriedAmount('1.5', en, { decimals: 18, locale: 'en' })).toBe('1.5')
  expect(carriedAmount('1.5', en, { decimals: 18, locale: 'fr' })).toBe('1,5')
})
