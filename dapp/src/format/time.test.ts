import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatDay, formatDuration, formatTime, isoTime } from './time'

test('a duration shows its two largest units', () => {
  expect(formatDuration(273_599n, 'en')).toBe('3 days 3 hr')
  expect(formatDuration(273_599n, 'fr')).toBe('3\u202fj 3\u202fh'.replaceAll('\u202f', sep()))
  expect(formatDuration(86_400n, 'en')).toBe('1 day')
  expect(formatDuration(86_401n, 'en')).toBe('1 day')
  expect(formatDuration(125n, 'en')).toBe('2 min 5 sec')
  expect(formatDuration(59n, 'en')).toBe('59 sec')
  expect(formatDuration(0n, 'en')).toBe('0 sec')
  expect(formatDuration(-5n, 'en')).toBe('0 sec')
  expect(formatDuration(125n, 'en', 'long')).toBe('2 minutes, 5 seconds')
  expect(formatDuration(125n, 'fr', 'long').replaceAll('\u00a0', ' ')).toBe('2 minutes et 5 secondes')
})

/** What this runtime's French puts between a number and its unit. */
function sep(): string {
  const parts = new Intl.NumberFormat('fr', { style: 'unit', unit: 'day', unitDisplay: 'short' }).formatToParts(3)
  return parts.find((part) => part.type === 'literal')?.value ?? ''
}

test('a time names its zone', () => {
  expect(formatTime(1_800_000_000n, 'en', 'UTC')).toBe('15 Jan 2027, 08:00 UTC')
  expect(formatTime(1_800_000_000n, 'en-XA', 'UTC')).toBe('15 Jan 2027, 08:00 UTC')
  expect(formatTime(1_800_000_000n, 'fr', 'UTC')).toMatch(/^15 janv\. 2027\D+08:00 UTC$/)
  expect(formatTime(1_800_000_000n, 'fr', 'Europe/Paris')).toMatch(/^15 janv\. 2027\D+09:00 UTC\+1$/)
  expect(formatTime(1_800_000_000n, 'en', 'Europe/Paris')).toMatch(/^15 Jan 2027, 09:00 (CET|GMT\+1)$/)
})

test('the day is that of the zone', () => {
  expect(formatDay(1_800_057_599n, 'en', 'UTC')).toBe('15 Jan 2027, UTC')
  expect(formatDay(1_800_057_600n, 'en', 'UTC')).toBe('16 Jan 2027, UTC')
  expect(formatDay(1_800_057_599n, 'en', 'Asia/Kolkata')).toMatch(/^16 Jan 2027/)
})

test('an unknown zone becomes UTC and says so', () => {
  expect(formatTime(1_800_000_000n, 'en', 'Mars/Olympus')).toBe('15 Jan 2027, 08:00 UTC')
})

test('a second beyond the calendar is written as its number', () => {
  expect(formatTime(2n ** 64n - 1n, 'en', 'UTC')).toBe('@18446744073709551615')
  expect(isoTime(2n ** 64n - 1n)).toBe('@18446744073709551615')
  expect(isoTime(8_640_000_000_001n)).toBe('@8640000000001')
  expect(isoTime(8_640_000_000_000n)).toBe('+275760-09-13T00:00:00Z')
})

test('the ISO time of any uint40 gives the second back, and no uint64 throws', () => {
  fc.assert(
    fc.property(fc.bigInt(0n, 2n ** 40n - 1n), (seconds) => {
      expect(BigInt(Date.parse(isoTime(seconds)))).toBe(seconds * 1000n)
    }),
  )
  fc.assert(
    fc.property(fc.bigInt(0n, 2n ** 64n - 1n), fc.constantFrom('en' as const, 'fr' as const), (seconds, locale) => {
      expect(formatTime(seconds, locale, 'UTC')).not.toBe('')
      expect(formatDuration(seconds, locale)).not.toBe('')
    }),
  )
})
