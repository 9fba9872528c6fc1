import type { ReactNode } from 'react'
import { visibleName } from '../format/name'
import { useT } from '../i18n/useT'
import { Button } from './Button'
import styles from './ErrorState.module.css'
import { Notice } from './Notice'

const MAX_DETAIL = 600

export interface ErrorStateProps {
  readonly title: ReactNode
  /** What went wrong and what it means here. */
  readonly children?: ReactNode
  /** What a machine said, for who can use it; may be a stranger's text. */
  readonly detail?: string
  readonly onRetry?: () => void
  readonly retrying?: boolean
}

/** Instead of what could not be shown. */
export function ErrorState({ title, children, detail, onRetry, retrying = false }: ErrorStateProps): ReactNode {
  const t = useT()
  const retry = onRetry && (
    <Button small busy={retrying} onClick={onRetry}>
      {t('ui.retry')}
    </Button>
  )
  return (
    <Notice tone="error" title={title} actions={retry}>
      {children}
      {detail !== undefined && (
        <p className={styles.detail}>
          <bdi>{visibleName(detail, MAX_DETAIL)}</bdi>
        </p>
      )}
    </Notice>
  )
}
