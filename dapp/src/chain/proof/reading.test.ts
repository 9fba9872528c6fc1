import fc from 'fast-check'
import { expect, test } from 'vitest'
import { meterId, meterIdParts } from './meterId'
import { flagNames, packReading, trustLevel, unpackReading } from './reading'
import { meterIdVectors, readingVectors } from './vectors'

test('readings come apart and together as the oracle packs them, flags by the names of the API', () => {
  for (const { word, level, flagNames: names, ...parts } of readingVectors()) {
    expect(unpackReading(word)).toEqual(parts)
    expect(packReading(parts)).toBe(word)
    expect(trustLevel(parts)).toBe(level)
    expect(flagNames(parts)).toEqual(names)
  }
})

test('every word is a reading and packs to itself', () => {
  fc.assert(fc.property(fc.bigInt(0n, 2n ** 256n - 1n), (word) => packReading(unpackReading(word)) === word))
})

test('what does not fit is refused', () => {
  const zero = unpackReading(0n)
  expect(() => unpackReading(2n ** 256n)).toThrow(RangeError)
  expect(() => unpackReading(-1n)).toThrow(RangeError)
  expect(() => packReading({ ...zero, breached: 2n ** 48n })).toThrow(RangeError)
  expect(() => packReading({ ...zero, measured: -1n })).toThrow(RangeError)
  expect(() => packReading({ ...zero, flags: 65_536 })).toThrow(RangeError)
  expect(() => packReading({ ...zero, flags: 0.5 })).toThrow(RangeError)
})

test('meter ids are those of the oracle and come apart again', () => {
  for (const { kind, contract, number, id } of meterIdVectors()) {
    expect(meterId(kind, contract, number)).toBe(id)
    expect(meterIdParts(id)).toEqual({ kind, number })
  }
  expect(meterIdParts(3n << 248n).kind).toBe('other')
  for (const number of [0n, 2n ** 88n]) {
    expect(() => meterId('lease', '0xCf7Ed3AccA5a467e9e704C703E8D87F634fB0Fc9', number)).toThrow(RangeError)
  }
})
