import type { ReactNode } from 'react'
import { useT } from '../i18n/useT'
import { Button } from './Button'
import type { Query } from './Loaded'
import { Notice } from './Notice'

interface UnreadProps {
  readonly query: Query<unknown>
  /** What is missing as long as there is nothing. */
  readonly title: string
}

/** Says that something could not be read, or not be read again, where the page goes on without it. */
export function Unread({ query: { data, fault, isFetching, refetch }, title }: UnreadProps): ReactNode {
  const t = useT()
  if (fault === null) return null
  const again = (
    <Button small busy={isFetching} onClick={() => void refetch()}>
      {t('ui.readAgain')}
    </Button>
  )
  return (
    <Notice tone="warn" title={data === undefined ? title : t('ui.stale')} actions={again}>
      {t(`errors.${fault.code}`, fault.args)}
    </Notice>
  )
}
