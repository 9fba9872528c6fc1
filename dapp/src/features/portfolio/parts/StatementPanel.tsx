import type { ReactNode } from 'react'
import type { FleetSummary } from '../../../chain/read/fleets'
import { MAX_SYMBOL, nameWithin } from '../../../format/name'
import { useT } from '../../../i18n/useT'
import { AmountText } from '../../../ui/AmountText'
import { Badge } from '../../../ui/Badge'
import { Button } from '../../../ui/Button'
import { CardTable } from '../../../ui/CardTable'
import { Cluster } from '../../../ui/layout/Cluster'
import { Panel } from '../../../ui/Panel'
import { saveFile } from '../../../ui/saveFile'
import type { Column } from '../../../ui/Table'
import { useFigures } from '../../../ui/useFigures'
import { isSame } from '../statement/facts'
import { statementCsv, statementJson } from '../statement/files'
import type { Position } from '../statement/keepBooks'
import { namingOf } from '../statement/statement'
import type { Audited } from '../usePortfolio'
import { fleetName } from '../words'
import { Disagreement } from './Disagreement'
import css from './parts.module.css'

interface StatementPanelProps {
  readonly audited: Audited
  readonly fleets: readonly FleetSummary[]
}

/** The closing balances from events beside the chain's own, and the files; where they do not agree, what differs and no files. */
export function StatementPanel({ audited: { account, verdict }, fleets }: StatementPanelProps): ReactNode {
  const t = useT()
  const format = useFigures()
  const { books, state } = account
  const name = `wellhead-${account.chainId}-${books.account}-${books.end.block}`
  const files = verdict.agrees && (
    <Cluster>
      <Button onClick={() => saveFile(`${name}.csv`, 'text/csv;charset=utf-8', statementCsv(verdict.statement))}>{t('portfolio.statement.csv')}</Button>
      <Button onClick={() => saveFile(`${name}.json`, 'application/json', statementJson(verdict.statement))}>{t('portfolio.statement.json')}</Button>
    </Cluster>
  )
  const read = (position: Position) => state.shares.find(({ share }) => isSame(share, position.share.share))
  const naming = ({ share }: Position) => namingOf(account, share.share)
  const columns: Column<Position>[] = [
    {
      key: 'share',
      head: t('portfolio.holdings.share'),
      cell: (row) => (
        <>
          {fleetName(t, row.share.fleetId, fleets)}
          <span className={css.under}>{nameWithin(naming(row).symbol, MAX_SYMBOL)}</span>
        </>
      ),
    },
    { key: 'books', head: t('portfolio.statement.balanceBooks'), numeric: true, cell: (row) => <AmountText text={format.shares(row.account.balance, naming(row).decimals, naming(row).symbol)} /> },
    { key: 'chain', head: t('portfolio.statement.balanceChain'), numeric: true, cell: (row) => <AmountText text={format.shares(read(row)?.balance ?? 0n, naming(row).decimals, naming(row).symbol)} /> },
    { key: 'owedBooks', head: t('portfolio.statement.claimableBooks'), numeric: true, cell: (row) => <AmountText text={format.money(row.claimable, naming(row).token)} /> },
    { key: 'owedChain', head: t('portfolio.statement.claimableChain'), numeric: true, cell: (row) => <AmountText text={format.money(read(row)?.claimable ?? 0n, naming(row).token)} /> },
  ]
  return (
    <Panel
      title={t('portfolio.statement.title')}
      intro={t('portfolio.statement.intro', { block: format.count(books.end.block), time: format.time(books.end.time) })}
      actions={files}
    >
      {verdict.agrees ? (
        <p>
          <Badge tone="ok">{t('portfolio.statement.agrees', { count: books.movements.length })}</Badge>
        </p>
      ) : (
        <Disagreement account={account} differences={verdict.differences} faults={verdict.faults} />
      )}
      {books.positions.length > 0 && (
        <CardTable caption={t('portfolio.statement.closing')} columns={columns} rows={books.positions} rowKey={({ share }) => share.share} dense />
      )}
      <p className={css.quiet}>{t('portfolio.statement.files')}</p>
    </Panel>
  )
}
