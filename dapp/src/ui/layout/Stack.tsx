import type { ReactNode } from 'react'
import { cx } from '../cx'
import styles from './layout.module.css'

export interface StackProps {
  readonly gap?: 'tight' | 'normal' | 'loose'
  readonly children: ReactNode
}

/** One below the other, evenly apart. */
export function Stack({ gap = 'normal', children }: StackProps): ReactNode {
  return <div className={cx(styles.stack, styles[gap])}>{children}</div>
}
