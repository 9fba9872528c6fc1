import uPlot from 'uplot'
import { placeAt, type ChartModel, type DrawnSeries } from './chartModel'
import type { ChartColour } from './colours'
import { dashOf } from './dashes'
import { drawBandLabels, drawBands, LABEL_ROOM } from './drawBands'
import { seriesPaths } from './drawSeries'
import type { BandKind, TimeTick } from './model'
import type { Palette } from './palette'
import { patternOf } from './patterns'
import { timeSplits } from './scales'

export interface PlotLook {
  /** Names of the bands from the longest to the shortest. */
  readonly kinds: Readonly<Record<BandKind, readonly string[]>>
  readonly formatTick: (at: bigint, step: bigint) => TimeTick
  readonly formatAxis: (value: number) => string
  readonly fontFamily: string
  /** Read anew at each drawing, so that a change of theme is a redraw. */
  readonly palette: () => Palette
  readonly onPoint: (place: number | null) => void
}

/** Whole pixels: uPlot reads no others. */
const FONT = 12
const TICK_ROOM = 58

/** All that uPlot is told: scales, axes, how each series is drawn, and what lies below and above them. */
export function plotOptions(model: ChartModel, look: PlotLook, width: number, height: number): uPlot.Options {
  const { palette, fontFamily } = look
  const labelled = model.bands.length > 0
  const font = `${FONT}px ${fontFamily}`
  let step = 1
  let inside = false
  return {
    width,
    height: height + 42 + (labelled ? LABEL_ROOM : 8),
    padding: [labelled ? LABEL_ROOM : 8, 18, 0, 0],
    legend: { show: false },
    // The column under the cursor is the page's own element, for the keyboard moves it too.
    cursor: { x: false, y: false, points: { show: false }, drag: { x: false, y: false, setScale: false } },
    scales: {
      x: { time: false, range: () => [model.from, model.to] },
      y: { range: () => [model.scale.low, model.scale.high] },
    },
    axes: [
      {
        size: 42,
        gap: 4,
        lineGap: 1.25,
        font,
        stroke: () => palette()('soft'),
        grid: { show: false },
        ticks: { show: true, stroke: () => palette()('ink'), width: 1, size: 5 },
        splits: (plot) => {
          const found = timeSplits(model.from, model.to, plot.bbox.width / uPlot.pxRatio / TICK_ROOM)
          step = found.step
          return [...found.at]
        },
        values: (_plot, splits) => tickTexts(splits, step, look.formatTick),
      },
      {
        gap: 6,
        font,
        stroke: () => palette()('soft'),
        grid: { show: true, stroke: () => palette()('rule'), width: 1 },
        ticks: { show: false },
        size: (plot, values) => axisWidth(plot, values, font),
        splits: () => [...model.scale.ticks],
        values: (_plot, splits) => splits.map(look.formatAxis),
      },
    ],
    series: [{}, ...model.series.map((drawn, place) => seriesOptions(model, drawn, place, palette))],
    hooks: {
      drawAxes: [(plot) => drawBands(plot, model, palette(), uPlot.pxRatio)],
      draw: [
        (plot) => drawBase(plot, palette()('ink')),
        (plot) => drawBandLabels(plot, model, palette(), uPlot.pxRatio, look.kinds, `600 ${FONT * uPlot.pxRatio}px ${fontFamily}`),
      ],
      setCursor: [
        (plot) => {
          const { left = -1 } = plot.cursor
          // Only a mouse that was here can leave: where the keyboard put the cursor it stays when the chart is drawn anew.
          if (left >= 0 || inside) look.onPoint(left < 0 ? null : placeAt(model, plot.posToVal(left, 'x')))
          inside = left >= 0
        },
      ],
    },
  }
}

/** Where the values begin: over the series, so that an area stands on it. */
function drawBase({ ctx, bbox }: uPlot, ink: string): void {
  const width = Math.max(1, Math.round(uPlot.pxRatio))
  ctx.fillStyle = ink
  ctx.fillRect(bbox.left, bbox.top + bbox.height, bbox.width, width)
}

/** What uPlot keeps beside the drawing: one column a series, drawn by the paths above. */
export function plotData(model: ChartModel): uPlot.AlignedData {
  return [[...model.times], ...model.series.map(({ upper }) => [...upper])]
}

function seriesOptions(model: ChartModel, drawn: DrawnSeries, place: number, palette: () => Palette): uPlot.Series {
  const { colour } = drawn.series
  const filled = model.stacked || model.series.length === 1
  return {
    label: drawn.series.label,
    points: { show: false },
    width: model.stacked ? 1.2 : 1.8,
    stroke: () => palette()(colour === 'idle' ? 'idle-edge' : colour),
    fill: () => fillOf(colour, model.stacked, palette()),
    ...(model.stacked ? {} : { dash: [...dashOf(place)] }),
    paths: (plot) => seriesPaths(plot, model, drawn, filled),
  }
}

function fillOf(colour: ChartColour, stacked: boolean, palette: Palette): CanvasPattern | string {
  const ink = palette(colour)
  if (colour === 'outage' || colour === 'missing' || colour === 'unknown') return patternOf(colour, ink, palette(`${colour}-ground`), uPlot.pxRatio)
  return stacked ? ink : `color-mix(in srgb, ${ink} 13%, transparent)`
}

/** The clock, and below it the day where it is another than at the mark before. */
function tickTexts(splits: readonly number[], step: number, formatTick: (at: bigint, step: bigint) => TimeTick): string[] {
  let before: string | undefined
  return splits.map((at) => {
    const { text, day } = formatTick(BigInt(Math.round(at)), BigInt(step))
    const fresh = day !== undefined && day !== before
    before = day
    return fresh ? `${text}\n${day}` : text
  })
}

function axisWidth(plot: uPlot, values: readonly string[] | null, font: string): number {
  if (values === null) return 0
  const { ctx } = plot
  ctx.save()
  ctx.font = font
  const widest = values.reduce((most, text) => Math.max(most, ctx.measureText(text).width), 0)
  ctx.restore()
  return Math.ceil(widest) + 12
}
