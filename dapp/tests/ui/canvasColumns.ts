import type { Locator } from '@playwright/test'

/** What chart patterns repeat by, in pixels. */
export const TILE = 8
/** The plot's edges are left out: marks of the axes lie on them. */
const MARGIN = 2

/** Rows of pixels from the top; a pixel is its colour as CSS writes it, where nothing was drawn `rgba(0, 0, 0, 0)`. */
export type Pixels = readonly (readonly string[])[]

/** The pixels of a chart at each of some shares of its span: a column one tile wide, as high as the plot. For a screen of one pixel a CSS pixel. */
export async function columnsOf(chart: Locator, shares: readonly number[]): Promise<readonly Pixels[]> {
  return chart.evaluate(
    (figure, { places, tile, margin }) => {
      const canvas = figure.querySelector('canvas')
      const context = canvas?.getContext('2d')
      const plot = figure.querySelector('.u-over')?.getBoundingClientRect()
      if (!canvas || !context || !plot) throw new Error('no chart is drawn')
      const corner = canvas.getBoundingClientRect()
      // All at once: of a canvas that is read again Chromium warns.
      const { data } = context.getImageData(0, 0, canvas.width, canvas.height)
      const colourAt = (x: number, y: number): string => {
        const [red, green, blue, alpha = 0] = data.subarray((y * canvas.width + x) * 4)
        return alpha === 255 ? `rgb(${red}, ${green}, ${blue})` : `rgba(${red}, ${green}, ${blue}, ${alpha / 255})`
      }
      const top = Math.round(plot.top - corner.top) + margin
      const foot = Math.round(plot.bottom - corner.top) - margin
      return places.map((share) => {
        const left = Math.round(plot.left - corner.left + plot.width * share - tile / 2)
        return Array.from({ length: foot - top }, (_row, y) => Array.from({ length: tile }, (_pixel, x) => colourAt(left + x, top + y)))
      })
    },
    { places: shares, tile: TILE, margin: MARGIN },
  )
}

/** The colour that most of them have. */
export function groundOf(pixels: Pixels): string {
  const counts = new Map<string, number>()
  for (const colour of pixels.flat()) counts.set(colour, (counts.get(colour) ?? 0) + 1)
  return [...counts].reduce((most, each) => (each[1] > most[1] ? each : most))[0]
}

/** What a tile shows to someone who sees no colours, only which pixels are light and which are dark. */
export function patternIn(tile: Pixels): 'nothing' | 'upright lines' | 'dots' | 'strokes' | 'something else' {
  const lights = tile.map((row) => row.map(lightOf))
  const middle = (Math.min(...lights.flat()) + Math.max(...lights.flat())) / 2
  const rows = lights.map((row) => row.map((light) => light > middle))
  const columns = rows.map((_row, x) => rows.map((row) => row[x] === true))
  const [plainRows, plainColumns] = [rows, columns].map((lines) => lines.filter((line) => line.every((each) => each === line[0])).length)
  if (plainRows === TILE && plainColumns === TILE) return 'nothing'
  if (plainRows === 0 && plainColumns === TILE) return 'upright lines'
  if (plainRows === 0 && plainColumns === 0) return 'strokes'
  return plainRows !== 0 && plainColumns !== 0 ? 'dots' : 'something else'
}

function lightOf(colour: string): number {
  const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+/g) ?? []).map(Number)
  return red + green + blue
}
