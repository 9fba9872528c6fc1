import type { ReactNode } from 'react'
import { useT } from '../../../i18n/useT'
import { AmountText } from '../../../ui/AmountText'
import { CardTable } from '../../../ui/CardTable'
import { Disclosure } from '../../../ui/Disclosure'
import { Stack } from '../../../ui/layout/Stack'
import type { Column } from '../../../ui/Table'
import { trancheName } from '../../../ui/trancheName'
import { useFigures } from '../../../ui/useFigures'
import type { Earned } from '../earning'
import type { Projected } from '../projection'
import { flowsAfter, type Flow } from '../stream'
import type { Portfolio } from '../usePortfolio'
import { fleetName } from '../words'
import css from './parts.module.css'

interface Row {
  readonly key: string
  readonly earned: Earned
  readonly flow: Flow
  readonly end: Projected
}

/** What streams to the viewer's shares, until when, and how the projection is made. */
export function Flows({ portfolio, earned }: { readonly portfolio: Portfolio; readonly earned: readonly Earned[] }): ReactNode {
  const t = useT()
  const format = useFigures()
  const { block } = portfolio
  const rows = earned.flatMap((each) => rowsOf(each, block.timestamp))
  if (rows.length === 0) return null
  const columns: Column<Row>[] = [
    {
      key: 'share',
      head: t('portfolio.holdings.share'),
      cell: ({ earned: { holding } }) =>
        t('portfolio.holdings.of', {
          tranche: trancheName(t, holding.tranche.index, holding.tranches),
          fleet: fleetName(t, holding.fleetId, portfolio.fleets),
        }),
    },
    { key: 'from', head: t('portfolio.flows.from'), whole: true, cell: ({ flow }) => format.time(flow.from) },
    { key: 'until', head: t('portfolio.flows.until'), whole: true, cell: ({ flow }) => format.time(flow.until) },
    {
      key: 'all',
      head: t('portfolio.flows.all'),
      numeric: true,
      cell: ({ flow, earned: { holding } }) => <AmountText text={format.money(flow.amount, holding.token)} />,
    },
    {
      key: 'then',
      head: t('portfolio.flows.then'),
      numeric: true,
      cell: ({ end, earned: { holding } }) => <AmountText strong text={format.money(end.claimable, holding.token)} />,
    },
  ]
  const exact = earned.every((each) => each.exact)
  return (
    <Disclosure summary={t('portfolio.flows.title')}>
      <Stack>
        <div className={css.measure}>
          <p>{t('portfolio.flows.text')}</p>
          <p>{t('portfolio.flows.formula')}</p>
          <p className={css.quiet}>
            {t('portfolio.asOf', { block: format.count(block.number), time: format.time(block.timestamp) })}{' '}
            {exact ? t('portfolio.flows.exact') : t('portfolio.flows.unitShort')}
          </p>
        </div>
        <CardTable caption={t('portfolio.flows.caption')} columns={columns} rows={rows} rowKey={({ key }) => key} dense />
      </Stack>
    </Disclosure>
  )
}

function rowsOf(earned: Earned, time: bigint): Row[] {
  const { tranche, period } = earned.holding
  return flowsAfter(tranche.stream, period, time).flatMap((flow) => {
    const end = earned.projected.find(({ at }) => at === flow.until)
    return end === undefined ? [] : [{ key: `${tranche.share}:${flow.until}`, earned, flow, end }]
  })
}
