import type { EpochClock } from '../../../domain/meter/let'

/** How far back a chart goes. */
export type Range = 'day' | 'week' | 'month' | 'all'

export const RANGES: readonly Range[] = ['day', 'week', 'month', 'all']

/** What the charts begin with. */
export const FIRST_RANGE: Range = 'day'

/** Of a chart at most: more would not be seen at any width. */
export const POINTS = 360

const DAY = 86_400n
const SECONDS: Readonly<Record<Exclude<Range, 'all'>, bigint>> = { day: DAY, week: 7n * DAY, month: 30n * DAY }

/** The first epoch that ends after the range's beginning; 1, before which nothing is reported, for all. `now`: Unix seconds of the chain. */
export function firstEpochOf(range: Range, now: bigint, { genesis, epochLength }: EpochClock): bigint {
  if (range === 'all') return 1n
  const since = now - SECONDS[range]
  const epoch = since < genesis ? 0n : (since - genesis) / epochLength
  return epoch > 1n ? epoch : 1n
}
