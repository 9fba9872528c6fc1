import type uPlot from 'uplot'
import { placeLabels } from './bands'
import type { ChartModel } from './chartModel'
import type { BandKind } from './model'
import type { Palette } from './palette'
import { patternOf } from './patterns'

/** Room above the plot for the bands' labels and brackets, in CSS pixels. */
export const LABEL_ROOM = 26
const LEAST_WIDTH = 2

/** The bands' patterns over the whole height of the plot, below everything else. */
export function drawBands(plot: uPlot, model: ChartModel, palette: Palette, ratio: number): void {
  const { ctx, bbox } = plot
  ctx.save()
  for (const { band, from, to } of model.bands) {
    const [left, width] = extent(plot, from, to, ratio)
    ctx.fillStyle = patternOf(band.kind, palette(band.kind), palette(`${band.kind}-ground`), ratio)
    ctx.fillRect(left, bbox.top, width, bbox.height)
  }
  ctx.restore()
}

/** A bracket over each band, and its label where there is room: in full, else a name of its kind, else none, for the key says it too. */
export function drawBandLabels(
  plot: uPlot,
  model: ChartModel,
  palette: Palette,
  ratio: number,
  kinds: Readonly<Record<BandKind, readonly string[]>>,
  font: string,
): void {
  const { ctx, bbox } = plot
  ctx.save()
  ctx.font = font
  ctx.textAlign = 'center'
  ctx.textBaseline = 'alphabetic'
  ctx.lineWidth = Math.max(1, Math.round(1.3 * ratio))
  const wishes = model.bands.map(({ band, from, to }) => {
    const [left, width] = extent(plot, from, to, ratio)
    const texts = [band.label, ...kinds[band.kind]].filter((text) => text !== '').map((text) => ({ text, width: ctx.measureText(text).width }))
    return { centre: left + width / 2, texts }
  })
  const placed = placeLabels(wishes, 0, ctx.canvas.width, 10 * ratio)
  model.bands.forEach(({ band, from, to }, place) => {
    const [left, width] = extent(plot, from, to, ratio)
    const label = placed[place]
    const ink = palette(band.kind)
    ctx.strokeStyle = ink
    ctx.fillStyle = ink
    const foot = bbox.top - 1.5 * ratio
    const head = foot - 4.5 * ratio
    ctx.beginPath()
    ctx.moveTo(left + 0.5, foot)
    ctx.lineTo(left + 0.5, head)
    ctx.lineTo(left + width - 0.5, head)
    ctx.lineTo(left + width - 0.5, foot)
    ctx.stroke()
    if (label) ctx.fillText(label.text, label.centre, head - 5 * ratio)
  })
  ctx.restore()
}

/** Left and width in canvas pixels; a short band is still seen. */
function extent(plot: uPlot, from: number, to: number, ratio: number): readonly [left: number, width: number] {
  const left = plot.valToPos(from, 'x', true)
  const width = plot.valToPos(to, 'x', true) - left
  return [left, Math.max(width, LEAST_WIDTH * ratio)]
}
