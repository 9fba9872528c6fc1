import type { ReactNode } from 'react'
import { useConfig } from '../../../chain/context'
import type { Waterfall } from '../../../chain/read/revenue'
import { HashText } from '../../../ui/HashText'
import { Table, type Column } from '../../../ui/Table'
import { TimeText } from '../../../ui/TimeText'
import { NONE, useFigures } from '../../../ui/useFigures'
import { transactionLink } from '../../../wallet/explorer'
import type { Distribution } from './distributions'
import { feesOf, rentPerKWhDown } from './returns'

interface PeriodTableProps {
  readonly waterfall: Waterfall
  /** Oldest first. */
  readonly distributions: readonly Distribution[]
}

/** Every distribution, newest first. */
export function PeriodTable({ waterfall, distributions }: PeriodTableProps): ReactNode {
  const { t, money, energy, time } = useFigures()
  const { explorer } = useConfig().chain
  const { token } = waterfall
  const columns: Column<Distribution>[] = [
    { key: 'until', head: t('fleets.periods.until'), whole: true, cell: ({ time: at }) => <TimeText at={at} text={time(at)} /> },
    { key: 'from', head: t('fleets.periods.from'), whole: true, spare: true, cell: ({ from }) => (from === null ? NONE : <TimeText at={from} text={time(from)} />) },
    { key: 'rent', head: t('fleets.periods.rent'), numeric: true, cell: ({ rent }) => money(rent, token) },
    { key: 'energy', head: t('fleets.periods.energy'), numeric: true, cell: ({ energyWh }) => energy(energyWh) },
    {
      key: 'perKWh',
      head: t('fleets.periods.perKWh'),
      numeric: true,
      cell: ({ rent, energyWh }) => {
        const perKWh = rentPerKWhDown(rent, energyWh)
        return perKWh === undefined ? NONE : money(perKWh, token)
      },
    },
    { key: 'fees', head: t('fleets.periods.fees'), numeric: true, cell: (each) => money(feesOf(each), token) },
    { key: 'income', head: t('fleets.periods.income'), numeric: true, cell: ({ incomes }) => money(sumOf(incomes), token) },
    { key: 'tx', head: t('fleets.transaction'), spare: true, cell: ({ tx }) => <HashText hash={tx} href={transactionLink(explorer, tx)} /> },
  ]
  return (
    <Table
      caption={t('fleets.periods.caption')}
      captionHidden
      dense
      height="screen"
      columns={columns}
      rows={distributions.toReversed()}
      rowKey={({ block, tx }) => `${block}-${tx}`}
    />
  )
}

function sumOf(amounts: readonly bigint[]): bigint {
  return amounts.reduce((sum, each) => sum + each, 0n)
}
