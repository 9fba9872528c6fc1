import type { ReactNode } from 'react'
import { useT } from '../../i18n/useT'
import styles from './ChartKey.module.css'
import { bandsAt, type ChartModel } from './chartModel'
import type { BandKind, Series } from './model'
import { Swatch } from './Swatch'

export interface ChartKeyProps {
  readonly model: ChartModel
  /** Pointed at, or null. */
  readonly place: number | null
  readonly moment: string
  readonly bandLabels: Readonly<Record<BandKind, string>>
  readonly formatValue: (value: number, series: Series) => string
}

/** What the colours and patterns mean, and the values where the cursor is. Its height does not change with the cursor. */
export function ChartKey({ model, place, moment, bandLabels, formatValue }: ChartKeyProps): ReactNode {
  const t = useT()
  const here = place === null ? [] : bandsAt(model, place).map(({ band }) => band.kind)
  // What a series stands for already is not told twice.
  const kinds = (['outage', 'missing', 'unknown'] as const).filter(
    (kind) => model.bands.some(({ band }) => band.kind === kind) && !model.series.some(({ series }) => series.colour === kind),
  )
  return (
    <div className={styles.key}>
      <ul className={styles.items}>
        {model.series.map(({ series, values }, order) => {
          const value = place === null ? null : (values[place] ?? null)
          return (
            <li key={series.key}>
              <Swatch colour={series.colour} {...(model.stacked ? {} : { line: order })} />
              <span>{series.label}</span>
              <span className={styles.value}>{place === null ? '' : value === null ? '–' : formatValue(value, series)}</span>
            </li>
          )
        })}
        {kinds.map((kind) => (
          <li key={kind} className={here.includes(kind) ? styles.here : undefined}>
            <Swatch colour={kind} />
            <span>{bandLabels[kind]}</span>
          </li>
        ))}
      </ul>
      <p className={styles.moment}>{moment === '' ? <span aria-hidden="true">{t('ui.chart.point')}</span> : moment}</p>
    </div>
  )
}
