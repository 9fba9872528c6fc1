import type { ReactNode } from 'react'
import { cx } from './cx'
import styles from './Notice.module.css'

export interface NoticeProps {
  readonly tone: 'info' | 'ok' | 'warn' | 'error'
  readonly title?: ReactNode
  readonly children?: ReactNode
  readonly actions?: ReactNode
  /** How it is read out when it comes: default `alert` for an error, else `status`; `none` for what is there from the start. */
  readonly role?: 'status' | 'alert' | 'none'
}

export function Notice({ tone, title, children, actions, role = tone === 'error' ? 'alert' : 'status' }: NoticeProps): ReactNode {
  return (
    <div className={cx(styles.notice, styles[tone])} role={role === 'none' ? undefined : role}>
      <span className={styles.mark} aria-hidden="true" />
      <div className={styles.body}>
        {title !== undefined && <p className={styles.title}>{title}</p>}
        {children !== undefined && <div>{children}</div>}
        {actions !== undefined && <div className={styles.actions}>{actions}</div>}
      </div>
    </div>
  )
}
