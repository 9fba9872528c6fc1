import { useState, type ReactNode } from 'react'
import styles from './Disclosure.module.css'

export interface DisclosureProps {
  readonly summary: ReactNode
  readonly open?: boolean
  /** Made only once it was opened. */
  readonly children: ReactNode
}

export function Disclosure({ summary, open = false, children }: DisclosureProps): ReactNode {
  const [opened, setOpened] = useState(open)
  return (
    <details className={styles.disclosure} open={open} onToggle={({ currentTarget: { open: isOpen } }) => setOpened((was) => was || isOpen)}>
      <summary className={styles.summary}>{summary}</summary>
      {opened && <div className={styles.body}>{children}</div>}
    </details>
  )
}
