import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatEnergy, formatPower, meanWattsDown, whPerUnitHourDown } from './energy'
import { escrowUp, leasePrice, paidSecondsDown, rentDown } from './leasePrice'
import { formatBps, formatPpm, ppmDown } from './ratio'

test('energy takes the largest unit of which there is one and rounds down', () => {
  expect(formatEnergy(0n, 'en')).toBe('0\u00a0Wh')
  expect(formatEnergy(999n, 'en')).toBe('999\u00a0Wh')
  expect(formatEnergy(1000n, 'en')).toBe('1\u00a0kWh')
  expect(formatEnergy(999_999n, 'fr')).toBe('999,99\u00a0kWh')
  expect(formatEnergy(1_000_000n, 'en')).toBe('1\u00a0MWh')
  expect(formatEnergy(2n ** 48n - 1n, 'en')).toBe('281,474,976.71\u00a0MWh')
  expect(formatEnergy(1234n, 'fr', { unit: 'MWh' })).toBe('<\u00a00,01\u00a0MWh')
  expect(formatEnergy(1234n, 'fr', { unit: 'MWh', maxDecimals: 6 })).toBe('0,001234\u00a0MWh')
})

test('power likewise', () => {
  expect(formatPower(700n, 'en')).toBe('700\u00a0W')
  expect(formatPower(5600n, 'fr')).toBe('5,6\u00a0kW')
  expect(formatPower(1_234_567n, 'en')).toBe('1.23\u00a0MW')
})

test('means are undefined over nothing', () => {
  expect(meanWattsDown(700n, 3600n)).toBe(700n)
  expect(meanWattsDown(1n, 7200n)).toBe(0n)
  expect(meanWattsDown(1n, 0n)).toBeUndefined()
  expect(whPerUnitHourDown(5600n, 8n * 3600n)).toBe(700n)
  expect(whPerUnitHourDown(5600n, 0n)).toBeUndefined()
})

test('percentages are exact from basis points and round down from parts per million', () => {
  expect(formatBps(1250n, 'en')).toBe('12.5%')
  expect(formatBps(1250n, 'fr')).toBe('12,5\u00a0%')
  expect(formatBps(10_000n, 'en')).toBe('100%')
  expect(formatBps(1n, 'en')).toBe('0.01%')
  expect(formatPpm(999_999n, 'en')).toBe('99.99%')
  expect(formatPpm(999_999n, 'en', 4)).toBe('99.9999%')
  expect(formatPpm(1n, 'fr')).toBe('<\u00a00,01\u00a0%')
  expect(formatPpm(0n, 'en')).toBe('0%')
})

test('a ratio is rounded down and undefined without a whole', () => {
  expect(ppmDown(2n, 3n)).toBe(666_666n)
  expect(ppmDown(0n, 5n)).toBe(0n)
  expect(ppmDown(1n, 0n)).toBeUndefined()
  expect(formatPpm(ppmDown(9_999_999n, 10_000_000n) ?? 0n, 'en')).toBe('99.99%')
})

test('a lease of 8 GPUs for a day at 2.35 costs 18.80 an hour and 451.20', () => {
  expect(leasePrice({ units: 8n, rate: 2_350_000n, start: 1_800_000_000n, end: 1_800_086_400n })).toEqual({
    perHour: 18_800_000n,
    totalDown: 451_200_000n,
    escrowUp: 451_200_000n,
    seconds: 86_400n,
  })
})

test('rent rounds down and escrow up, as in LeaseMath', () => {
  expect(rentDown(3599n, 1n)).toBe(0n)
  expect(rentDown(3600n, 1n)).toBe(1n)
  expect(escrowUp(1n, 1n, 1n)).toBe(1n)
  expect(escrowUp(1n, 1n, 3601n)).toBe(2n)
  expect(leasePrice({ units: 1n, rate: 1n, start: 10n, end: 10n })).toEqual({ perHour: 1n, totalDown: 0n, escrowUp: 0n, seconds: 0n })
  expect(leasePrice({ units: 1n, rate: 1n, start: 8000n, end: 10n })).toEqual({ perHour: 1n, totalDown: 0n, escrowUp: 0n, seconds: 0n })
})

test('escrow for a time pays for that time, and one unit less does not', () => {
  const positive = fc.bigInt(1n, 2n ** 32n)
  fc.assert(
    fc.property(positive, positive, positive, (units, rate, seconds) => {
      const escrow = escrowUp(units, rate, seconds)
      expect((paidSecondsDown(escrow, units, rate) ?? 0n) >= seconds).toBe(true)
      expect((paidSecondsDown(escrow - 1n, units, rate) ?? 0n) < seconds).toBe(true)
      expect(escrow - rentDown(units * seconds, rate)).toBeLessThanOrEqual(1n)
    }),
  )
  expect(paidSecondsDown(5n, 0n, 1n)).toBeUndefined()
})
