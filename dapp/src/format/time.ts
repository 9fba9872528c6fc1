import { notationOf, type Locale } from './locale'

const UNITS = [
  ['day', 86_400n],
  ['hour', 3600n],
  ['minute', 60n],
  ['second', 1n],
] as const

/** The last second of JavaScript's calendar, on either side of 1970. A uint40 lies far inside it; a hostile uint64 may not. */
const LAST_SECOND = 8_640_000_000_000n

/**
 * A length of time in its two largest units, the rest cut: `3 days 4 hr`, in French `3 j 4 h`. `long` writes the units out, for text that is read
 * aloud. Below zero is zero: a time that has passed has nothing left.
 */
export function formatDuration(seconds: bigint, locale: Locale, style: 'short' | 'long' = 'short'): string {
  const tag = notationOf(locale).numbers
  const first = UNITS.findIndex(([, length]) => seconds >= length)
  const parts: string[] = []
  let rest = seconds > 0n ? seconds : 0n
  for (const [unit, length] of first < 0 ? UNITS.slice(-1) : UNITS.slice(first, first + 2)) {
    const count = rest / length
    rest %= length
    if (count > 0n || parts.length === 0) {
      parts.push(new Intl.NumberFormat(tag, { style: 'unit', unit, unitDisplay: style }).format(count))
    }
  }
  return new Intl.ListFormat(tag, { type: 'unit', style: style === 'short' ? 'narrow' : 'long' }).format(parts)
}

/**
 * A moment (Unix seconds) in a named time zone: `15 Jan 2027, 08:00 UTC`. The zone always stands beside the time. A zone the browser does not know
 * becomes UTC. A second beyond the calendar is written `@` and its number.
 */
export function formatTime(unixSeconds: bigint, locale: Locale, timeZone: string): string {
  return dated(unixSeconds, locale, timeZone, { hour: '2-digit', minute: '2-digit' })
}

/** The day of a moment in a named time zone: `15 Jan 2027, UTC`. Otherwise like `formatTime`. */
export function formatDay(unixSeconds: bigint, locale: Locale, timeZone: string): string {
  return dated(unixSeconds, locale, timeZone, {})
}

/** A moment for files and `<time dateTime>`: ISO 8601, UTC, whole seconds; `@` and the number beyond the calendar. */
export function isoTime(unixSeconds: bigint): string {
  return dateOf(unixSeconds)?.toISOString().replace('.000Z', 'Z') ?? `@${unixSeconds}`
}

function dated(unixSeconds: bigint, locale: Locale, timeZone: string, clock: Intl.DateTimeFormatOptions): string {
  const date = dateOf(unixSeconds)
  if (date === undefined) return `@${unixSeconds}`
  return writerOf(notationOf(locale).dates, timeZone, clock).format(date)
}

/** Made once each: to make one costs a hundred times what using it does, and a page writes a hundred times at each block. */
const writers = new Map<string, Intl.DateTimeFormat>()

function writerOf(tag: string, timeZone: string, clock: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify([tag, timeZone, clock])
  const known = writers.get(key)
  if (known !== undefined) return known
  const made = new Intl.DateTimeFormat(tag, { day: 'numeric', month: 'short', year: 'numeric', timeZoneName: 'short', ...clock, timeZone: knownZone(timeZone) })
  writers.set(key, made)
  return made
}

function knownZone(timeZone: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone
  } catch {
    return 'UTC'
  }
}

/** The number of milliseconds is exact: below 2^53 as far as the calendar goes. */
function dateOf(unixSeconds: bigint): Date | undefined {
  if (unixSeconds > LAST_SECOND || unixSeconds < -LAST_SECOND) return undefined
  return new Date(Number(unixSeconds * 1000n))
}
