import type { ReactNode } from 'react'
import { cx } from './cx'
import styles from './DataList.module.css'

export interface DataRow {
  /** Needed where `label` is not text. */
  readonly key?: string
  readonly label: ReactNode
  readonly value: ReactNode
  /** Said below the value, quietly. */
  readonly note?: ReactNode
}

export interface DataListProps {
  readonly rows: readonly DataRow[]
  /** `ledger`: values set right, as in a bill. `rows` (default): label left, value beside it. `stacked`: value below its label. */
  readonly layout?: 'rows' | 'ledger' | 'stacked'
}

/** Labels with their values, ruled like a bank statement. */
export function DataList({ rows, layout = 'rows' }: DataListProps): ReactNode {
  return (
    <dl className={cx(styles.list, styles[layout])}>
      {rows.map((row) => (
        <div key={row.key ?? (typeof row.label === 'string' ? row.label : undefined)} className={styles.row}>
          <dt className={styles.label}>{row.label}</dt>
          <dd className={styles.value}>
            {row.value}
            {row.note !== undefined && row.note !== null && <span className={styles.note}>{row.note}</span>}
          </dd>
        </div>
      ))}
    </dl>
  )
}
