import type { ReactNode } from 'react'
import { useT } from '../../i18n/useT'
import { Table, type Column } from '../Table'
import { bandsAt, type ChartModel } from './chartModel'
import type { Series } from './model'

export interface ChartTableProps {
  readonly title: string
  readonly model: ChartModel
  readonly formatTime: (at: bigint) => string
  readonly formatValue: (value: number, series: Series) => string
}

/** The chart's values, one row a bucket, with why there is none where there is none. */
export function ChartTable({ title, model, formatTime, formatValue }: ChartTableProps): ReactNode {
  const t = useT()
  const columns: Column<number>[] = [
    { key: 'time', head: t('ui.chart.time'), whole: true, cell: (place) => formatTime(BigInt(Math.round(model.times[place] ?? 0))) },
    ...model.series.map(({ series, values }): Column<number> => ({
      key: `value-${series.key}`,
      head: series.label,
      numeric: true,
      cell: (place) => {
        const value = values[place] ?? null
        return value === null ? '–' : formatValue(value, series)
      },
    })),
  ]
  if (model.bands.length > 0) {
    const said = (place: number): string =>
      bandsAt(model, place)
        .map(({ band }) => band.label)
        .join('; ')
    columns.push({ key: 'bands', head: t('ui.chart.remark'), cell: said })
  }
  return <Table caption={title} captionHidden dense height="screen" columns={columns} rows={[...model.times.keys()]} rowKey={String} />
}
