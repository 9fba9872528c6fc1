import { lazy, Suspense, useId, useMemo, useState, type KeyboardEvent, type ReactNode } from 'react'
import { useT } from '../../i18n/useT'
import { Disclosure } from '../Disclosure'
import { Skeleton } from '../Skeleton'
import { VisuallyHidden } from '../VisuallyHidden'
import { bandsAt, chartModel } from './chartModel'
import { ChartKey } from './ChartKey'
import { ChartTable } from './ChartTable'
import type { Band, BandKind, Seconds, Series, TimeTick } from './model'
import { loadPlot } from './loadPlot'
import { moveCursor } from './moveCursor'
import styles from './SeriesChart.module.css'

const Plot = lazy(async () => ({ default: (await loadPlot()).Plot }))

export interface SeriesChartProps {
  readonly title: string
  /** Behind the title, quietly: unit, period, what a bucket is. */
  readonly note?: ReactNode
  /** When each bucket begins, or each moment; ascending. */
  readonly times: readonly Seconds[]
  /** When each bucket ends: its value holds until then and no longer, and is drawn as a step. Without it values are of moments, joined by lines. */
  readonly ends?: readonly Seconds[] | undefined
  readonly series: readonly Series[]
  /** Areas on top of one another, in the order of `series` from below. Default: lines. */
  readonly stacked?: boolean
  readonly bands?: readonly Band[]
  /** What the bands mean, for the key and for narrow bands; only kinds that occur are shown. */
  readonly bandLabels?: Readonly<Record<BandKind, string>>
  /** The same in a word ("outage"), for bands without room for more. */
  readonly bandNames?: Readonly<Record<BandKind, string>>
  /** From and to of the time axis; default: the data's. */
  readonly span?: readonly [from: Seconds, to: Seconds] | undefined
  /** Top of the value axis; default: a round number above the data. */
  readonly top?: number | undefined
  /** Of the plot, in CSS pixels. Default 200. */
  readonly height?: number
  /** A bucket's or moment's time in full, for the readout and the table. */
  readonly formatTime: (at: bigint) => string
  /** A mark on the time axis; `step` is the distance between marks in seconds. `timeTicks(locale, timeZone)` makes one. */
  readonly formatTick: (at: bigint, step: bigint) => TimeTick
  /** A value in full, with its unit. */
  readonly formatValue: (value: number, series: Series) => string
  /** A mark on the value axis, short. */
  readonly formatAxis: (value: number) => string
}

const NO_BANDS: readonly Band[] = []
const NO_LABELS: Readonly<Record<BandKind, string>> = { outage: '', missing: '', unknown: '' }

/**
 * Values over time, with what was lost, missing and unknown drawn as such: patterns with labels, and gaps that no line crosses. The mouse and the keyboard move
 * the same cursor; the values at it stand in the key and are read out; all of them stand in a table. Give arrays that change only when the data does.
 */
export function SeriesChart(props: SeriesChartProps): ReactNode {
  const { title, note, times, ends, series, stacked = false, bands = NO_BANDS, bandLabels = NO_LABELS, bandNames = bandLabels, span, top, height = 200 } = props
  const { formatTime, formatTick, formatValue, formatAxis } = props
  const t = useT()
  const id = useId()
  const [at, setAt] = useState<number | null>(null)
  const [said, setSaid] = useState(false)
  const [from, to] = span ?? []
  const model = useMemo(
    () => chartModel({ times, ends, series, stacked, bands, span: from === undefined || to === undefined ? undefined : [from, to], top }),
    [times, ends, series, stacked, bands, from, to, top],
  )

  const kinds = useMemo(() => namesOf(bandLabels, bandNames), [bandLabels, bandNames])

  const count = model?.times.length ?? 0
  const place = at !== null && at < count ? at : null
  const time = place === null ? undefined : model?.times[place]
  const moment = time === undefined ? '' : formatTime(BigInt(Math.round(time)))
  const reading =
    model === null || place === null
      ? ''
      : [
          ...model.series.map(({ series: one, values }) => {
            const value = values[place] ?? null
            return t('ui.chart.value', { label: one.label, value: value === null ? t('ui.chart.noValue') : formatValue(value, one) })
          }),
          ...bandsAt(model, place).map(({ band }) => band.label),
        ].join('; ')

  function press(event: KeyboardEvent): void {
    const next = event.altKey || event.ctrlKey || event.metaKey ? undefined : moveCursor(event.key, place, count)
    if (next === undefined) return
    event.preventDefault()
    setSaid(true)
    setAt(next)
  }
  return (
    <figure className={styles.chart} aria-labelledby={`${id}-title`}>
      <figcaption className={styles.caption}>
        <strong id={`${id}-title`}>{title}</strong>
        {note !== undefined && <span className={styles.note}> {note}</span>}
      </figcaption>
      {model === null ? (
        <p className={styles.none}>{t('ui.chart.none')}</p>
      ) : (
        <>
          <ChartKey model={model} place={place} moment={moment} bandLabels={bandLabels} formatValue={formatValue} />
          {count > 0 ? (
            <div
              className={styles.plot}
              role="slider"
              tabIndex={0}
              aria-label={t('ui.chart.cursor', { title })}
              aria-describedby={`${id}-help`}
              aria-valuemin={1}
              aria-valuemax={count}
              aria-valuenow={(place ?? count - 1) + 1}
              aria-valuetext={moment === '' ? t('ui.chart.nowhere') : moment}
              onKeyDown={press}
              onBlur={() => setSaid(false)}
            >
              {picture(model)}
            </div>
          ) : (
            <div className={styles.plot}>{picture(model)}</div>
          )}
          <VisuallyHidden>
            <span id={`${id}-help`}>{t('ui.chart.keys')}</span>
            <span role="status">{said ? reading : ''}</span>
          </VisuallyHidden>
          {count > 0 && (
            <Disclosure summary={t('ui.chart.asTable')}>
              <ChartTable title={title} model={model} formatTime={formatTime} formatValue={formatValue} />
            </Disclosure>
          )}
        </>
      )}
    </figure>
  )

  function picture(shown: NonNullable<typeof model>): ReactNode {
    return (
      <Suspense fallback={<Skeleton label={t('ui.chart.drawing')} height={height + 66} />}>
        <Plot
          model={shown}
          height={height}
          kinds={kinds}
          formatTick={formatTick}
          formatAxis={formatAxis}
          at={place}
          onPoint={(next) => {
            setSaid(false)
            setAt(next)
          }}
        />
      </Suspense>
    )
  }
}

function namesOf(labels: Readonly<Record<BandKind, string>>, names: Readonly<Record<BandKind, string>>): Readonly<Record<BandKind, readonly string[]>> {
  const both = (kind: BandKind): readonly string[] => [labels[kind], names[kind]]
  return { outage: both('outage'), missing: both('missing'), unknown: both('unknown') }
}
