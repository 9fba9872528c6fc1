import type { ReactNode } from 'react'
import { useT } from '../i18n/useT'
import { Button } from './Button'
import styles from './Pager.module.css'

export interface PagerProps {
  /** What is paged, for screen readers. */
  readonly label: string
  /** Where one is: "26–50 of 312". */
  readonly position: ReactNode
  /** Null where there is no more that way. */
  readonly onPrevious: (() => void) | null
  readonly onNext: (() => void) | null
}

export function Pager({ label, position, onPrevious, onNext }: PagerProps): ReactNode {
  const t = useT()
  return (
    <nav className={styles.pager} aria-label={label}>
      <Button small disabled={onPrevious === null} onClick={() => onPrevious?.()}>
        {t('ui.pager.previous')}
      </Button>
      <Button small disabled={onNext === null} onClick={() => onNext?.()}>
        {t('ui.pager.next')}
      </Button>
      <span className={styles.position} aria-live="polite">
        {position}
      </span>
    </nav>
  )
}
