import type { ReactNode } from 'react'
import { cx } from '../cx'
import styles from './layout.module.css'

export interface ClusterProps {
  readonly align?: 'start' | 'end' | 'between'
  readonly children: ReactNode
}

/** Buttons, badges and other small things in a line that breaks where it must. */
export function Cluster({ align = 'start', children }: ClusterProps): ReactNode {
  return <div className={cx(styles.cluster, styles[align])}>{children}</div>
}
