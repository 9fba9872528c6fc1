import { useMemo, type ReactNode } from 'react'
import type { Fleet } from '../../../chain/read/fleets'
import type { Slot } from '../../../domain/meter/slots'
import { formatPower } from '../../../format/energy'
import { formatBps } from '../../../format/ratio'
import { formatTime } from '../../../format/time'
import type { Band, BandKind, Series } from '../../../ui/charts/model'
import { SeriesChart } from '../../../ui/charts/SeriesChart'
import { timeTicks } from '../../../ui/charts/timeTicks'
import { Columns } from '../../../ui/layout/Columns'
import { useFigures, type Figures } from '../../../ui/useFigures'
import { columnsOf, type DrawnColumns } from './columns'
import { nothingsOf, type Nothing } from './nothings'

const SMALL = 130

/** Four charts over one time: what became of the units, power, energy for an hour of work, availability. */
export function Charts({ slots, fleet }: { readonly slots: readonly Slot[]; readonly fleet: Fleet }): ReactNode {
  const shown = useFigures()
  const { t, locale } = shown
  const drawn = useMemo(() => columnsOf(slots), [slots])
  const bands = useMemo(() => nothingsOf(slots).map((nothing) => bandOf(nothing, shown)), [slots, shown])
  const common = useMemo(() => commonOf(drawn, bands, shown), [drawn, bands, shown])
  const { use, power, efficiency, availability } = useMemo(() => seriesOf(drawn, fleet, shown), [drawn, fleet, shown])
  const percent = (value: number): string => shown.ppm(BigInt(Math.round(value * 1e6)))
  const axis = (value: number): string => shown.ppm(BigInt(Math.round(value * 1e6)), 0)
  const watts = (value: number): string => formatPower(BigInt(Math.round(value)), locale)
  const wattHours = (value: number): string => t('fleets.chart.wh', { amount: shown.count(Math.round(value)) })
  return (
    <>
      <SeriesChart
        {...common}
        title={t('fleets.chart.use')}
        note={t('fleets.chart.use.note')}
        stacked
        top={1}
        series={use}
        formatValue={percent}
        formatAxis={axis}
      />
      <Columns>
        <SeriesChart
          {...common}
          title={t('fleets.chart.power')}
          note={t('fleets.chart.power.note')}
          height={SMALL}
          series={power}
          formatValue={watts}
          formatAxis={watts}
        />
        {hasValues(efficiency) && (
          <SeriesChart
            {...common}
            title={t('fleets.chart.efficiency')}
            note={t('fleets.chart.efficiency.note')}
            height={SMALL}
            series={efficiency}
            formatValue={wattHours}
            formatAxis={wattHours}
          />
        )}
        {hasValues(availability.slice(0, 1)) && (
          <SeriesChart
            {...common}
            title={t('fleets.chart.availability')}
            note={t('fleets.chart.availability.note')}
            height={SMALL}
            top={1}
            series={availability}
            formatValue={percent}
            formatAxis={axis}
          />
        )}
      </Columns>
      {!hasValues(efficiency) && !hasValues(availability.slice(0, 1)) && <p>{t('fleets.chart.nothingLet')}</p>}
    </>
  )
}

function commonOf(drawn: DrawnColumns, bands: readonly Band[], { t, locale }: Figures) {
  const bandLabels: Readonly<Record<BandKind, string>> = { outage: t('fleets.part.outage'), missing: t('fleets.part.missing'), unknown: t('fleets.part.unknown') }
  return {
    times: drawn.times,
    ends: drawn.ends,
    bands,
    bandLabels,
    formatTime: (at: bigint) => formatTime(at, locale, 'UTC'),
    formatTick: timeTicks(locale, 'UTC'),
  }
}

function seriesOf(drawn: DrawnColumns, fleet: Fleet, { t, locale }: Figures) {
  const target = fleet.spec.availabilityBps
  const series = (key: keyof DrawnColumns & string, label: string, colour: Series['colour']): Series => ({
    key,
    label,
    colour,
    values: key === 'times' || key === 'ends' ? [] : drawn[key],
  })
  return {
    use: [
      series('busy', t('fleets.part.busy'), 'busy'),
      series('idle', t('fleets.part.idle'), 'idle'),
      series('outage', t('fleets.part.outage'), 'outage'),
      series('unlet', t('fleets.part.unlet'), 'unlet'),
      series('missing', t('fleets.part.missing'), 'missing'),
    ].filter((one) => hasValues([one])),
    power: [series('watts', t('fleets.chart.power.series'), 'busy')],
    efficiency: [
      series('perDeliveredHour', t('fleets.chart.efficiency.delivered'), 'busy'),
      series('perBusyHour', t('fleets.chart.efficiency.busy'), 'equity'),
    ],
    availability: [
      series('availability', t('fleets.chart.availability.series'), 'busy'),
      {
        key: 'target',
        label: t('fleets.chart.availability.target', { target: formatBps(BigInt(target), locale) }),
        colour: 'soft' as const,
        values: drawn.times.map(() => target / 10_000),
      },
    ],
  }
}

function hasValues(series: readonly Series[]): boolean {
  return series.some(({ values }) => values.some((value) => value !== null))
}

function bandOf({ kind, from, until, unitSeconds, noReport }: Nothing, { t, hours }: Figures): Band {
  const label = kind === 'unknown' ? t(noReport ? 'fleets.band.noReport' : 'fleets.band.unknown') : t(`fleets.band.${kind}`, { hours: hours(unitSeconds) })
  return { kind, from, to: until, label }
}
