import type { ReactNode } from 'react'
import { cx } from '../cx'
import styles from './layout.module.css'

export interface ColumnsProps {
  /** `even`: as many of equal width as fit, each 20 rem or more. `main`: a wide one and a narrow one (a form beside its explanation). Default `even`. */
  readonly layout?: 'even' | 'main'
  readonly children: ReactNode
}

/** Side by side where there is room, else one below the other in the order written. */
export function Columns({ layout = 'even', children }: ColumnsProps): ReactNode {
  return <div className={cx(styles.columns, styles[layout])}>{children}</div>
}
