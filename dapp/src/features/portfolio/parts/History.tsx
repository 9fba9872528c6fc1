import { useState, type ReactNode } from 'react'
import type { FleetSummary } from '../../../chain/read/fleets'
import { useT } from '../../../i18n/useT'
import { CardTable } from '../../../ui/CardTable'
import { Pager } from '../../../ui/Pager'
import { Panel } from '../../../ui/Panel'
import { Tabs } from '../../../ui/Tabs'
import { useFigures } from '../../../ui/useFigures'
import type { Movement } from '../statement/movement'
import type { Audited } from '../usePortfolio'
import { useMovementColumns } from './movementColumns'

interface HistoryProps {
  readonly audited: Audited
  readonly fleets: readonly FleetSummary[]
}

const PER_PAGE = 20
const INCOME = new Set<Movement['kind']>(['accrued', 'claimed', 'saleIncome'])

/** What came in and went out, newest first: income alone, or everything. */
export function History({ audited, fleets }: HistoryProps): ReactNode {
  const t = useT()
  const format = useFigures()
  const [tab, setTab] = useState<'income' | 'all'>('income')
  const [page, setPage] = useState(0)
  const columns = useMovementColumns(audited.account, fleets, tab)
  const { books, source } = audited.account
  const newest = books.movements.toReversed().filter(({ kind }) => tab === 'all' || INCOME.has(kind))
  const first = page * PER_PAGE
  const rows = newest.slice(first, first + PER_PAGE)
  const read = source === 'indexer' ? t('portfolio.source.indexer') : t('portfolio.source.logs')
  const select = (id: string): void => {
    setTab(id === 'all' ? 'all' : 'income')
    setPage(0)
  }
  return (
    <Panel
      title={t('portfolio.history.title')}
      intro={t('portfolio.history.intro', { block: format.count(books.end.block), time: format.time(books.end.time), source: read })}
    >
      <Tabs
        label={t('portfolio.history.which')}
        tabs={[
          { id: 'income', label: t('portfolio.history.income') },
          { id: 'all', label: t('portfolio.history.all') },
        ]}
        selected={tab}
        onSelect={select}
      >
        <CardTable
          caption={tab === 'all' ? t('portfolio.history.all') : t('portfolio.history.income')}
          captionHidden
          columns={columns}
          rows={rows}
          rowKey={keyOf}
          empty={t('portfolio.history.none')}
          dense
        />
        {newest.length > PER_PAGE && (
          <Pager
            label={t('portfolio.history.title')}
            position={t('portfolio.history.position', {
              first: format.count(BigInt(first + 1)),
              last: format.count(BigInt(first + rows.length)),
              all: format.count(BigInt(newest.length)),
            })}
            onPrevious={page === 0 ? null : () => setPage(page - 1)}
            onNext={first + PER_PAGE >= newest.length ? null : () => setPage(page + 1)}
          />
        )}
      </Tabs>
    </Panel>
  )
}

function keyOf({ block, logIndex, kind, share }: Movement): string {
  return `${block}:${logIndex ?? share.share}:${kind}`
}
