import type { ReactNode } from 'react'
import styles from './PageHeader.module.css'

export interface PageHeaderProps {
  readonly title: ReactNode
  /** The way here, above the title: links to the pages above. */
  readonly above?: ReactNode
  /** Beside the title: badges. */
  readonly badges?: ReactNode
  /** One or two sentences below. */
  readonly lead?: ReactNode
  readonly actions?: ReactNode
}

/** The page's only h1. It takes focus when a route changes (`tabIndex -1`), if the shell wants so. */
export function PageHeader({ title, above, badges, lead, actions }: PageHeaderProps): ReactNode {
  return (
    <header className={styles.header}>
      {above !== undefined && <div className={styles.above}>{above}</div>}
      <div className={styles.line}>
        <h1 tabIndex={-1} className={styles.title}>
          {title}
        </h1>
        {badges !== undefined && <div className={styles.badges}>{badges}</div>}
        {actions !== undefined && <div className={styles.actions}>{actions}</div>}
      </div>
      {lead !== undefined && <div className={styles.lead}>{lead}</div>}
    </header>
  )
}
