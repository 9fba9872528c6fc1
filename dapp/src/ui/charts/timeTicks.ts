import { notationOf, type Locale } from '../../format/locale'
import type { TimeTick } from './model'

const DAY = 86_400n

/** `formatTick` for a SeriesChart: the clock with the day below it, or the day alone where marks are a day or more apart. An unknown zone becomes UTC. */
export function timeTicks(locale: Locale, timeZone: string): (at: bigint, step: bigint) => TimeTick {
  const { dates } = notationOf(locale)
  const zone = knownZone(timeZone)
  const clock = new Intl.DateTimeFormat(dates, { hour: '2-digit', minute: '2-digit', timeZone: zone })
  const day = new Intl.DateTimeFormat(dates, { day: 'numeric', month: 'short', timeZone: zone })
  const year = new Intl.DateTimeFormat(dates, { year: 'numeric', timeZone: zone })
  return (at, step) => {
    const date = new Date(Number(at * 1000n))
    if (Number.isNaN(date.getTime())) return { text: `@${at}` }
    return step < DAY ? { text: clock.format(date), day: day.format(date) } : { text: day.format(date), day: year.format(date) }
  }
}

function knownZone(timeZone: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone
  } catch {
    return 'UTC'
  }
}
