import type { ReactNode } from 'react'
import type { Waterfall } from '../../../chain/read/revenue'
import { Table, type Column } from '../../../ui/Table'
import { trancheName } from '../../../ui/trancheName'
import { NONE, useFigures } from '../../../ui/useFigures'
import type { Paid, Return, Returns } from './returns'

interface ReturnTableProps {
  readonly waterfall: Waterfall
  readonly paid: Paid
  readonly returns: Returns
}

interface Row {
  readonly name: string
  readonly face: bigint
  readonly income: bigint
  readonly net: Return | undefined
}

/** What each tranche got on its face, and all of them. */
export function ReturnTable({ waterfall, paid, returns }: ReturnTableProps): ReactNode {
  const { t, money, ppm } = useFigures()
  const { token, tranches } = waterfall
  const rows = tranches.map(
    ({ face, index }): Row => ({ name: trancheName(t, index, tranches.length), face, income: paid.incomes[index] ?? 0n, net: returns.byTranche[index] }),
  )
  const yearly = returns.net !== undefined && returns.net.yearlyPpm !== null
  const rate = (net: Return | undefined): string => (net === undefined || net.yearlyPpm === null ? NONE : ppm(net.yearlyPpm, 2))
  const columns: Column<Row>[] = [
    { key: 'tranche', head: t('fleets.tranche'), cell: ({ name }) => name },
    { key: 'face', head: t('fleets.tranche.face'), numeric: true, spare: true, cell: ({ face }) => money(face, token) },
    { key: 'income', head: t('fleets.tranche.income'), numeric: true, cell: ({ income }) => money(income, token) },
    { key: 'net', head: t('fleets.returns.net'), numeric: true, cell: ({ net }) => ppm(net?.ppm, 4) },
    ...(yearly ? [{ key: 'yearly', head: t('fleets.returns.yearly'), numeric: true, cell: ({ net }: Row) => rate(net) }] : []),
  ]
  const face = tranches.reduce((sum, each) => sum + each.face, 0n)
  const foot = [t('fleets.tranche.all'), money(face, token), money(paid.income, token), ppm(returns.net?.ppm, 4), rate(returns.net)]
  return (
    <Table
      caption={t('fleets.returns.table')}
      dense
      columns={columns}
      rows={rows}
      rowKey={({ name }) => name}
      foot={foot.slice(0, columns.length)}
    />
  )
}
