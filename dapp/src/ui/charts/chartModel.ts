import type { Band, Seconds, Series } from './model'
import { valueScale, type ValueScale } from './scales'

/** A band in numbers, within the chart's span. */
export interface DrawnBand {
  readonly band: Band
  readonly from: number
  readonly to: number
}

/** One series as it is drawn: its own values, and from where to where they reach (stacked: on those below). */
export interface DrawnSeries {
  readonly series: Series
  readonly values: readonly (number | null)[]
  readonly lower: readonly number[]
  readonly upper: readonly (number | null)[]
}

export interface ChartModel {
  /** Strictly ascending. */
  readonly times: readonly number[]
  /** Until when each value holds; null where values are of moments. */
  readonly ends: readonly number[] | null
  readonly series: readonly DrawnSeries[]
  readonly bands: readonly DrawnBand[]
  readonly from: number
  readonly to: number
  readonly scale: ValueScale
  readonly stacked: boolean
}

export interface ChartData {
  readonly times: readonly Seconds[]
  readonly ends?: readonly Seconds[] | undefined
  readonly series: readonly Series[]
  readonly stacked: boolean
  readonly bands: readonly Band[]
  readonly span?: readonly [from: Seconds, to: Seconds] | undefined
  readonly top?: number | undefined
}

/** The last second of JavaScript's calendar: no axis can name a later one. */
const LAST_SECOND = 8_640_000_000_000

/**
 * What the chart draws, from whatever it was given: times that do not ascend or lie beyond the calendar are left out with their values, values that are not there or not finite are null,
 * a bucket ends where the next begins at the latest, bands are cut to the span and put in order. Null if there is no time at all to draw.
 */
export function chartModel({ times, ends, series, stacked, bands, span, top }: ChartData): ChartModel | null {
  const kept: { at: number; place: number }[] = []
  times.forEach((time, place) => {
    const at = Number(time)
    if (Math.abs(at) <= LAST_SECOND && at > (kept.at(-1)?.at ?? -Infinity)) kept.push({ at, place })
  })
  const cut = ends === undefined ? null : kept.map(({ at, place }, row) => endOf(at, ends[place], kept[row + 1]?.at))
  const stretches = bands
    .map((band) => ({ band, from: Number(band.from), to: Number(band.to) }))
    .filter(({ from, to }) => to > from && from >= -LAST_SECOND && to <= LAST_SECOND)
  const reach = span === undefined ? reachOf(kept, cut, stretches) : ([Number(span[0]), Number(span[1])] as const)
  if (reach === null || !(Math.abs(reach[0]) <= LAST_SECOND && Math.abs(reach[1]) <= LAST_SECOND)) return null
  const from = reach[0]
  const to = Math.max(reach[1], from + 1)
  const drawn = stack(
    series.map((one) => ({ series: one, values: kept.map(({ place }) => finite(one.values[place])) })),
    kept.length,
    stacked,
  )
  const seen = drawn.flatMap(({ upper }) => upper.filter((value) => value !== null))
  return {
    times: kept.map(({ at }) => at),
    ends: cut,
    series: drawn,
    bands: stretches
      .map((one) => ({ ...one, from: Math.max(one.from, from), to: Math.min(one.to, to) }))
      .filter((one) => one.to > one.from)
      .sort((one, other) => one.from - other.from),
    from,
    to,
    scale: valueScale(
      seen.reduce((a, b) => Math.min(a, b), 0),
      top !== undefined && top > 0 ? top : seen.reduce((a, b) => Math.max(a, b), 0),
    ),
    stacked,
  }
}

/** The bucket that holds a time, or the moment nearest to it; null where nothing was measured. */
export function placeAt(model: ChartModel, time: number): number | null {
  const { times, ends } = model
  let low = 0
  let high = times.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((times[middle] ?? Infinity) <= time) low = middle + 1
    else high = middle
  }
  const before = low - 1
  if (ends !== null) return before >= 0 && time < (ends[before] ?? -Infinity) ? before : null
  if (times.length === 0) return null
  if (before < 0) return 0
  const after = times[low]
  return after !== undefined && after - time < time - (times[before] ?? 0) ? low : before
}

/** The bands that reach into a bucket, or over a moment. */
export function bandsAt(model: ChartModel, place: number): readonly DrawnBand[] {
  const from = model.times[place]
  if (from === undefined) return []
  const to = model.ends?.[place] ?? from
  return model.bands.filter((band) => band.from < Math.max(to, from + 1) && band.to > from)
}

/** Whether a value goes on from one place to the next: no line is drawn over time of which nothing is known. */
export function touches(model: ChartModel, place: number): boolean {
  const next = model.times[place + 1]
  return next !== undefined && (model.ends === null || (model.ends[place] ?? -Infinity) >= next)
}

/** Runs of places with a value that touch one another: [first, last], both inclusive. */
export function runsOf(model: ChartModel, values: readonly (number | null)[]): (readonly [first: number, last: number])[] {
  const runs: [number, number][] = []
  let open = false
  values.forEach((value, place) => {
    if (value === null) {
      open = false
      return
    }
    const run = runs.at(-1)
    if (open && run !== undefined) run[1] = place
    else runs.push([place, place])
    open = touches(model, place)
  })
  return runs
}

function endOf(at: number, end: Seconds | undefined, next: number | undefined): number {
  const asked = end === undefined ? Number.NaN : Number(end)
  const until = Number.isFinite(asked) && asked > at ? asked : (next ?? at + 1)
  return Math.min(until, next ?? Infinity)
}

function reachOf(
  kept: readonly { at: number }[],
  ends: readonly number[] | null,
  bands: readonly { from: number; to: number }[],
): readonly [number, number] | null {
  const first = kept[0]
  const last = kept.at(-1)
  if (first !== undefined && last !== undefined) return [first.at, ends?.at(-1) ?? last.at]
  if (bands.length === 0) return null
  return [bands.reduce((a, band) => Math.min(a, band.from), Infinity), bands.reduce((a, band) => Math.max(a, band.to), -Infinity)]
}

function stack(
  series: readonly { readonly series: Series; readonly values: readonly (number | null)[] }[],
  count: number,
  stacked: boolean,
): DrawnSeries[] {
  const floor = new Array<number>(count).fill(0)
  return series.map((one) => {
    const lower = stacked ? [...floor] : new Array<number>(count).fill(0)
    const upper = one.values.map((value, place) => (value === null ? null : (lower[place] ?? 0) + value))
    if (stacked) upper.forEach((value, place) => (floor[place] = value ?? floor[place] ?? 0))
    return { ...one, lower, upper }
  })
}

function finite(value: number | null | undefined): number | null {
  return value !== null && value !== undefined && Number.isFinite(value) ? value : null
}
