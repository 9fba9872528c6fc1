import type { ReactNode } from 'react'
import { useConfig } from '../../../chain/context'
import { Badge } from '../../../ui/Badge'
import { HashText } from '../../../ui/HashText'
import { Table, type Column } from '../../../ui/Table'
import { TimeText } from '../../../ui/TimeText'
import { useFigures, type AmountToken } from '../../../ui/useFigures'
import { transactionLink } from '../../../wallet/explorer'
import type { Earnings, PeriodEarnings } from './earnings'

/** What each distribution gave the operator, newest first. */
export function PeriodTable({ earnings: { periods }, token }: { readonly earnings: Earnings; readonly token: AmountToken }): ReactNode {
  const { t, money, energy, time } = useFigures()
  const { explorer } = useConfig().chain
  const columns: Column<PeriodEarnings>[] = [
    { key: 'time', head: t('operate.period.time'), whole: true, cell: ({ time: at }) => <TimeText at={at} text={time(at)} /> },
    { key: 'rent', head: t('operate.period.rent'), numeric: true, cell: ({ rent }) => money(rent, token) },
    { key: 'wh', head: t('operate.period.wh'), numeric: true, spare: true, cell: ({ energyWh }) => energy(energyWh) },
    { key: 'energy', head: t('operate.money.energy'), numeric: true, cell: ({ energy: part }) => money(part, token) },
    { key: 'fee', head: t('operate.money.fee'), numeric: true, cell: ({ fee }) => money(fee, token) },
    {
      key: 'claimed',
      head: t('operate.period.state'),
      cell: ({ claimed, energy: part, fee }) =>
        part + fee === 0n ? '–' : <Badge tone={claimed ? 'ok' : 'info'}>{t(claimed ? 'operate.period.claimed' : 'operate.period.claimable')}</Badge>,
    },
    { key: 'tx', head: t('operate.transaction'), spare: true, cell: ({ tx }) => <HashText hash={tx} href={transactionLink(explorer, tx)} /> },
  ]
  return (
    <Table
      dense
      height="screen"
      caption={t('operate.period.caption')}
      columns={columns}
      rows={periods.toReversed()}
      rowKey={({ period }) => period.toString()}
      empty={t('operate.period.none')}
    />
  )
}
