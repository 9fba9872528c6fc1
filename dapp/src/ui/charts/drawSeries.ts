import type uPlot from 'uplot'
import { runsOf, type ChartModel, type DrawnSeries } from './chartModel'

/**
 * The paths of one series in canvas pixels: buckets as steps from their beginning to their end, moments as points joined by lines. A run ends where a value is
 * missing or time was not covered, so that no line says what nobody measured; a moment alone is a short dash.
 */
export function seriesPaths(plot: uPlot, model: ChartModel, drawn: DrawnSeries, filled: boolean): uPlot.Series.Paths {
  const stroke = new Path2D()
  const fill = new Path2D()
  const x = (time: number): number => plot.valToPos(time, 'x', true)
  const y = (value: number): number => plot.valToPos(value, 'y', true)
  for (const [first, last] of runsOf(model, drawn.upper)) {
    const edge: [number, number][] = []
    const floor: [number, number][] = []
    for (let place = first; place <= last; place += 1) {
      const at = x(model.times[place] ?? 0)
      const high = y(drawn.upper[place] ?? 0)
      const low = y(drawn.lower[place] ?? 0)
      edge.push([at, high])
      floor.push([at, low])
      const end = model.ends?.[place]
      if (end !== undefined) {
        edge.push([x(end), high])
        floor.push([x(end), low])
      } else if (first === last) {
        edge.unshift([at - 4, high])
        edge.push([at + 4, high])
        floor.unshift([at - 4, low])
        floor.push([at + 4, low])
      }
    }
    trace(stroke, edge)
    if (filled) {
      trace(fill, edge)
      for (const [px, py] of floor.reverse()) fill.lineTo(px, py)
      fill.closePath()
    }
  }
  return filled ? { stroke, fill } : { stroke }
}

function trace(path: Path2D, points: readonly (readonly [number, number])[]): void {
  points.forEach(([x, y], place) => (place === 0 ? path.moveTo(x, y) : path.lineTo(x, y)))
}
