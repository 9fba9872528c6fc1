import type { ReactNode } from 'react'
import { shortAddress } from '../../../format/address'
import { useT } from '../../../i18n/useT'
import { Notice } from '../../../ui/Notice'
import { Table, type Column } from '../../../ui/Table'
import { useFigures } from '../../../ui/useFigures'
import type { BooksFault } from '../statement/books'
import type { Difference } from '../statement/compare'
import type { Account } from '../statement/statement'

interface DisagreementProps {
  readonly account: Account
  readonly differences: readonly Difference[]
  readonly faults: readonly BooksFault[]
}

/** Why there is no statement: the figures that differ, to the smallest unit, and what in the events is wrong. */
export function Disagreement({ account, differences, faults }: DisagreementProps): ReactNode {
  const t = useT()
  const format = useFigures()
  const columns: Column<Difference>[] = [
    { key: 'figure', head: t('portfolio.differs.figure'), cell: ({ figure }) => t(`portfolio.differs.${figure}`) },
    { key: 'of', head: t('portfolio.differs.of'), cell: ({ of }) => (typeof of === 'bigint' ? t('portfolio.differs.sale', { id: `${of}` }) : shortAddress(of)) },
    { key: 'books', head: t('portfolio.differs.books'), numeric: true, cell: ({ books }) => format.count(books) },
    { key: 'chain', head: t('portfolio.differs.chain'), numeric: true, cell: ({ chain }) => format.count(chain) },
  ]
  const source = account.source === 'indexer' ? t('portfolio.source.indexer') : t('portfolio.source.logs')
  return (
    <>
      <Notice tone="error" title={t('portfolio.differs.title')}>
        {t('portfolio.differs.text', { source })}
      </Notice>
      {differences.length > 0 && (
        <Table caption={t('portfolio.differs.caption')} columns={columns} rows={differences} rowKey={({ figure, of }) => `${figure}:${of}`} dense />
      )}
      {faults.length > 0 && (
        <ul>
          {faults.map((fault) => (
            <li key={JSON.stringify(fault, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value))}>
              {t(`portfolio.fault.${fault.code}`, { block: format.count(fault.block) })}
            </li>
          ))}
        </ul>
      )}
    </>
  )
}
