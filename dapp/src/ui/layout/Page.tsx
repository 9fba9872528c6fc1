import type { ReactNode } from 'react'
import styles from './layout.module.css'

/** The page's column: as wide as a page is, with its gutter, parts well apart. For inside `<main>`. */
export function Page({ children }: { readonly children: ReactNode }): ReactNode {
  return <div className={styles.page}>{children}</div>
}
