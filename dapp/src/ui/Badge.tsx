import type { ReactNode } from 'react'
import { cx } from './cx'
import styles from './Badge.module.css'

export interface BadgeProps {
  /** Each tone has a mark of its own shape, so that it is not told by colour alone. */
  readonly tone?: 'neutral' | 'ok' | 'warn' | 'bad' | 'info'
  readonly children: ReactNode
}

/** A state in a word or two. */
export function Badge({ tone = 'neutral', children }: BadgeProps): ReactNode {
  return (
    <span className={cx(styles.badge, styles[tone])}>
      <span className={styles.mark} aria-hidden="true" />
      {children}
    </span>
  )
}
