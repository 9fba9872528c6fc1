import type { ReactNode } from 'react'
import { cx } from './cx'
import styles from './Stat.module.css'

export interface StatProps {
  readonly label: ReactNode
  /** A formatted figure, without its unit. */
  readonly value: ReactNode
  readonly unit?: ReactNode
  /** Period, method, as of when. */
  readonly note?: ReactNode
}

/** One figure. Stands in a StatRow, which is the list it belongs to. */
export function Stat({ label, value, unit, note }: StatProps): ReactNode {
  return (
    <div className={styles.stat}>
      <dt className={styles.label}>{label}</dt>
      <dd>
        <span className={styles.value}>{value}</span>
        {unit !== undefined && <span className={styles.unit}>{unit}</span>}
        {note !== undefined && <span className={styles.note}>{note}</span>}
      </dd>
    </div>
  )
}

export interface StatRowProps {
  /** `headline`: the page's main figures, large, ruled off. Default `facts`: smaller. */
  readonly size?: 'headline' | 'facts'
  readonly children: ReactNode
}

/** Figures side by side. */
export function StatRow({ size = 'facts', children }: StatRowProps): ReactNode {
  return <dl className={cx(styles.row, styles[size])}>{children}</dl>
}
