import { useEffect, useLayoutEffect, useRef, type ReactNode } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { ChartModel } from './chartModel'
import type { BandKind, TimeTick } from './model'
import { onPaletteChange, readPalette } from './palette'
import styles from './Plot.module.css'
import { plotData, plotOptions } from './plotOptions'

export interface PlotProps {
  readonly model: ChartModel
  readonly height: number
  readonly kinds: Readonly<Record<BandKind, readonly string[]>>
  readonly formatTick: (at: bigint, step: bigint) => TimeTick
  readonly formatAxis: (value: number) => string
  /** The place that is pointed at. */
  readonly at: number | null
  readonly onPoint: (place: number | null) => void
}

/** The canvas. The only part of a chart that needs uPlot, and so a chunk of its own. */
export function Plot({ model, height, kinds, formatTick, formatAxis, at, onPoint }: PlotProps): ReactNode {
  const holder = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  const mark = useRef<HTMLElement | null>(null)
  // What is called back may change, and does at each render, without the chart having to be made anew.
  const calls = useRef({ onPoint, formatTick, formatAxis })
  const shown = useRef(at)
  useLayoutEffect(() => {
    calls.current = { onPoint, formatTick, formatAxis }
    shown.current = at
  })

  useEffect(() => {
    const element = holder.current
    if (element === null) return
    let palette = readPalette(element)
    const { fontFamily } = getComputedStyle(element)
    const look = {
      kinds,
      fontFamily,
      palette: () => palette,
      formatTick: (moment: bigint, step: bigint) => calls.current.formatTick(moment, step),
      formatAxis: (value: number) => calls.current.formatAxis(value),
      onPoint: (place: number | null) => calls.current.onPoint(place),
    }
    const made = new uPlot(plotOptions(model, look, widthOf(element), height), plotData(model), element)
    const column = document.createElement('div')
    column.className = styles.mark ?? ''
    made.over.append(column)
    plot.current = made
    mark.current = column
    const place = (): void => placeMark(made, column, model, shown.current)
    made.hooks.setSize = [place]
    place()

    const sizes = new ResizeObserver(() => {
      const width = widthOf(element)
      if (width !== made.width) made.setSize({ width, height: made.height })
    })
    sizes.observe(element)
    const forget = onPaletteChange(() => {
      palette = readPalette(element)
      made.redraw()
    })
    return () => {
      sizes.disconnect()
      forget()
      plot.current = null
      mark.current = null
      made.destroy()
    }
  }, [model, height, kinds])

  useEffect(() => {
    if (plot.current !== null && mark.current !== null) placeMark(plot.current, mark.current, model, at)
  }, [model, at])

  return <div ref={holder} className={styles.plot} />
}

function placeMark(plot: uPlot, column: HTMLElement, model: ChartModel, at: number | null): void {
  const from = at === null ? undefined : model.times[at]
  column.hidden = from === undefined
  if (from === undefined || at === null) return
  const left = plot.valToPos(from, 'x')
  const right = plot.valToPos(model.ends?.[at] ?? from, 'x')
  column.style.left = `${left}px`
  column.style.width = `${Math.max(1, right - left)}px`
}

/** A holder that is not laid out yet has no width; the observer tells when it has. */
function widthOf(element: HTMLElement): number {
  return Math.max(120, Math.floor(element.clientWidth))
}
