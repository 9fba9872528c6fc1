import type { ReactNode } from 'react'
import styles from './SkipLink.module.css'

export interface SkipLinkProps {
  /** The id of the element to go to, which takes focus (`tabIndex -1`). The address stays: the hash is the route. */
  readonly to: string
  readonly children: ReactNode
}

/** The first thing on the page for who goes by keyboard. */
export function SkipLink({ to, children }: SkipLinkProps): ReactNode {
  return (
    <button type="button" className={styles.skip} onClick={() => document.getElementById(to)?.focus()}>
      {children}
    </button>
  )
}
