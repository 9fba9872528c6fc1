import { expect, test } from 'vitest'
import { rankOf } from './tranche'

test('the last tranche is equity, one that is alone too; the first of several is senior', () => {
  expect(rankOf(0, 1)).toBe('equity')
  expect([0, 1, 2].map((index) => rankOf(index, 3))).toEqual(['senior', 'between', 'equity'])
})
