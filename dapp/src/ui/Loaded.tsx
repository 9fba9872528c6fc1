import type { ReactNode } from 'react'
import { useT } from '../i18n/useT'
import { ErrorState } from './ErrorState'
import css from './Loaded.module.css'
import { Skeleton } from './Skeleton'
import { Unread } from './Unread'

/** What was asked for, as a query of the chain or of a node has it. */
export interface Query<T> {
  readonly data: T | undefined
  /** Why it could not be read, or not be read again; ids `errors.<code>`. */
  readonly fault: { readonly code: string; readonly args: Readonly<Record<string, string>> } | null
  readonly isFetching: boolean
  readonly refetch: () => unknown
}

interface LoadedProps<T> {
  readonly query: Query<T>
  /** What is being read, for screen readers. */
  readonly label: string
  /** Said where there is nothing to show, if more can be said than that something could not be read. */
  readonly failed?: string
  readonly lines?: number
  readonly height?: number
  readonly children: (data: T) => ReactNode
}

/** What was read; while nothing was, its shape, or why. What could not be read again stays, with what was typed into it and a word about it. */
export function Loaded<T>({ query, label, failed, lines = 4, height, children }: LoadedProps<T>): ReactNode {
  const t = useT()
  const { data, fault, isFetching, refetch } = query
  const again = (): void => void refetch()
  const why = fault === null ? null : t(`errors.${fault.code}`, fault.args)
  if (data === undefined) {
    if (why === null) return <Skeleton label={label} lines={lines} {...(height === undefined ? {} : { height })} />
    return (
      <ErrorState title={failed ?? t('ui.unread')} onRetry={again} retrying={isFetching}>
        {why}
      </ErrorState>
    )
  }
  return (
    <>
      {why !== null && (
        <div className={css.stale}>
          <Unread query={query} title={t('ui.unread')} />
        </div>
      )}
      {children(data)}
    </>
  )
}
