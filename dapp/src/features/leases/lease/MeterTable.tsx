import type { ReactNode } from 'react'
import { trustLevel, type Reading } from '../../../chain/proof/reading'
import type { FleetSummary } from '../../../chain/read/fleets'
import type { Lease } from '../../../chain/read/leases'
import { trustsOperator, trustText } from '../../../domain/trust'
import { useT } from '../../../i18n/useT'
import { AmountText } from '../../../ui/AmountText'
import { Swatch } from '../../../ui/charts/Swatch'
import { Table, type Column } from '../../../ui/Table'
import { useFigures } from '../../../ui/useFigures'
import { chargeAt, type Split } from '../logic/split'
import css from '../parts/parts.module.css'

/** A reading and what it comes to. */
export interface Told {
  readonly key: 'settled' | 'newest'
  readonly head: string
  /** The reading's period end, formatted. */
  readonly upTo: string
  readonly periodEnd: bigint
  readonly reading: Reading
  readonly split: Split
}

interface MeterTableProps {
  readonly lease: Lease
  readonly fleet: FleetSummary | null
  readonly columns: readonly Told[]
}

interface Row {
  readonly key: string
  readonly swatch?: 'busy' | 'outage' | 'missing'
  readonly level?: 'part' | 'whole'
  readonly value: (told: Told) => ReactNode
}

/** The figures of each reading beside each other, every one with how it follows from the meter, in words. */
export function MeterTable({ lease, fleet, columns }: MeterTableProps): ReactNode {
  const t = useT()
  const { billedHours, span, energy, money, count } = useFigures()
  const token = fleet?.token ?? null
  const gpuHours = (pick: (split: Split) => bigint) => (told: Told) => t('leases.gpuHours', { hours: billedHours(pick(told.split)) })
  const charge = (told: Told) => chargeAt(lease, told.reading, told.periodEnd)
  const rows: Row[] = [
    { key: 'elapsed', value: ({ split }) => span(split.elapsed) },
    { key: 'sold', level: 'whole', value: gpuHours(({ sold }) => sold) },
    { key: 'delivered', level: 'part', swatch: 'busy', value: gpuHours(({ delivered }) => delivered) },
    { key: 'outage', level: 'part', swatch: 'outage', value: gpuHours(({ outage }) => outage) },
    { key: 'missing', level: 'part', swatch: 'missing', value: gpuHours(({ missing }) => missing) },
    { key: 'notBilled', level: 'whole', value: gpuHours(({ outage, missing }) => outage + missing) },
    { key: 'utilised', value: gpuHours(({ utilised }) => utilised) },
    { key: 'breached', value: gpuHours(({ breached }) => breached) },
    { key: 'energy', value: (told) => energy(charge(told).energyWh) },
    { key: 'rent', level: 'whole', value: (told) => <AmountText text={money(charge(told).owed, token)} /> },
    { key: 'credit', value: (told) => <AmountText text={money(charge(told).creditOwed, token)} /> },
    { key: 'trust', value: ({ reading }) => <span className={css.wraps}>{trust(trustLevel(reading))}</span> },
  ]
  const figures: Column<Row>[] = columns.map((told) => ({
    key: told.key,
    head: (
      <>
        {told.head}
        <span className={css.under}>{t('leases.until', { time: told.upTo })}</span>
      </>
    ),
    numeric: true,
    cell: (row) => (row.level === 'whole' ? <span className={css.strong}>{row.value(told)}</span> : row.value(told)),
  }))
  return (
    <Table
      dense
      caption={t('leases.meter.table')}
      captionHidden
      rows={rows}
      rowKey={({ key }) => key}
      columns={[
        {
          key: 'what',
          head: t('leases.meter.what'),
          cell: (row) => (
            <span className={row.level === 'part' ? css.indent : row.level === 'whole' ? css.strong : undefined}>
              <span className={css.unbroken}>
                {row.swatch !== undefined && <Swatch colour={row.swatch} />} {t(`leases.row.${row.key}`)}
              </span>
              <span className={css.onPhone}>{how(row.key)}</span>
            </span>
          ),
        },
        ...figures,
        {
          key: 'how',
          head: t('leases.meter.how'),
          spare: true,
          cell: ({ key }) => <span className={css.quiet}>{how(key)}</span>,
        },
      ]}
    />
  )

  function how(key: string): string {
    if (key === 'sold') return t('leases.how.sold', { units: Number(lease.terms.units) })
    if (key === 'trust') {
      const level = Math.min(...columns.map(({ reading }) => trustLevel(reading)))
      return t(trustText(level))
    }
    return t(`leases.how.${key}`)
  }

  function trust(level: number): string {
    return t(trustsOperator(level) ? 'leases.trust.operator' : 'leases.trust.checked', { level: count(level) })
  }
}
