import { expect, test } from 'vitest'
import { isOpen } from './saleState'

test('a sale is open until its end, while something is left and its seller has not taken it back', () => {
  const sale = { end: 10n, left: 1n, reclaimed: false }
  expect(isOpen(sale, 9n)).toBe(true)
  expect(isOpen(sale, 10n)).toBe(false)
  expect(isOpen({ ...sale, left: 0n }, 9n)).toBe(false)
  expect(isOpen({ ...sale, reclaimed: true }, 9n)).toBe(false)
})
