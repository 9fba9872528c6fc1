import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hashKey } from './queryKey'

test('kinds of values are told apart', () => {
  const keys = [[1], [1n], ['1'], ['1n'], [[1]], [{ a: 1 }], [{ a: 1n }], [null], [true], [{ '#bigint': '1' }, 0]]
  expect(new Set(keys.map(hashKey)).size).toBe(keys.length)
})

test('the order of an object’s fields does not matter, that of a list does', () => {
  expect(hashKey([{ a: 1n, b: [2n] }])).toBe(hashKey([{ b: [2n], a: 1n }]))
  expect(hashKey([1n, 2n])).not.toBe(hashKey([2n, 1n]))
})

test('equal keys have one hash, others another', () => {
  const part = fc.oneof(fc.bigInt(), fc.integer(), fc.string(), fc.boolean())
  fc.assert(fc.property(fc.array(part), fc.array(part), (a, b) => (hashKey(a) === hashKey(b)) === sameParts(a, b)))
})

function sameParts(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((each, index) => each === b[index])
}
