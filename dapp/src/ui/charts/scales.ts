const MINUTE = 60
const HOUR = 3600
const DAY = 86_400

/** Distances between marks on a time axis, in seconds, that fall on round times. */
const STEPS = [
  ...[1, 2, 5, 10, 15, 30],
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 4, 7, 14, 28, 91, 182, 364].map((count) => count * DAY),
]

export interface TimeSplits {
  readonly step: number
  readonly at: readonly number[]
}

/** Round times within [from, to], at most `most` of them (and never more than 100); the last kinds of step are doubled as long as needed. */
export function timeSplits(from: number, to: number, most: number): TimeSplits {
  const room = Math.max(1, Math.min(100, Math.floor(most)))
  let step = STEPS.find((one) => (to - from) / one < room) ?? 364 * DAY
  while ((to - from) / step >= room) step *= 2
  const at: number[] = []
  for (let time = Math.ceil(from / step) * step; time <= to && at.length < room; time += step) at.push(time)
  return { step, at }
}

export interface ValueScale {
  readonly low: number
  readonly high: number
  readonly ticks: readonly number[]
}

/**
 * A value axis from zero (or a round number below `least`) to a round number at or above `most`, with about `about` marks at multiples of 1, 2, 2.5 or 5.
 * What is no number, or too small to be marked, counts as zero, and what is
 * beyond MOST as that; an axis always has a height.
 */
export function valueScale(least: number, most: number, about = 4): ValueScale {
  const low = Math.min(0, drawable(least))
  const high = Math.max(0, drawable(most))
  if (high === low) return { low: 0, high: 1, ticks: [0, 1] }
  const raw = (high - low) / about
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((one) => one >= raw * (1 - 1e-9)) ?? 10 * power
  const first = Math.floor(low / step + 1e-9)
  const last = Math.ceil(high / step - 1e-9)
  const ticks = Array.from({ length: last - first + 1 }, (_, place) => exact((first + place) * step, power))
  return { low: ticks[0] ?? 0, high: ticks.at(-1) ?? 1, ticks }
}

const LEAST = 1e-9
const MOST = 1e21

function drawable(value: number): number {
  if (Number.isNaN(value) || Math.abs(value) < LEAST) return 0
  return Math.min(MOST, Math.max(-MOST, value))
}

/** Without the dust of binary fractions: 0.3, not 0.30000000000000004. */
function exact(value: number, power: number): number {
  const digits = Math.max(0, Math.min(100, 2 - Math.floor(Math.log10(power))))
  return Number(value.toFixed(digits))
}
