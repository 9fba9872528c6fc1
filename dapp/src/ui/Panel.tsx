import { useId, type ReactNode } from 'react'
import { cx } from './cx'
import styles from './Panel.module.css'

export interface PanelProps {
  readonly title: ReactNode
  /** Of the heading; default 2. */
  readonly level?: 2 | 3
  /** Some lines below the title: what this is, as of when. */
  readonly intro?: ReactNode
  /** Buttons and links of this part. */
  readonly actions?: ReactNode
  /** `aside`: title and intro in a column of their own on wide screens, as in the report. Default `above`. */
  readonly layout?: 'above' | 'aside'
  readonly children: ReactNode
}

/** A part of a page: a rule, a heading, its content. A region of its own for screen readers. */
export function Panel({ title, level = 2, intro, actions, layout = 'above', children }: PanelProps): ReactNode {
  const id = useId()
  const Heading = level === 2 ? 'h2' : 'h3'
  return (
    <section className={cx(styles.panel, styles[layout], level === 3 && styles.minor)} aria-labelledby={id}>
      <header className={styles.head}>
        <Heading id={id}>{title}</Heading>
        {intro !== undefined && <div className={styles.intro}>{intro}</div>}
        {actions !== undefined && <div className={styles.actions}>{actions}</div>}
      </header>
      <div className={styles.body}>{children}</div>
    </section>
  )
}
