import { Suspense, useEffect, useRef, type ReactNode } from 'react'
import { useT } from '../i18n/useT'
import { ErrorState } from '../ui/ErrorState'
import { Skeleton } from '../ui/Skeleton'
import { ErrorBoundary } from '../ui/ErrorBoundary'
import { NotFound } from './NotFound'
import { Notices } from './Notices'
import { destinationOf } from './registry'
import { useLocation } from './router'
import { Shell } from './Shell'

/** The page at the hash, inside the shell. */
export function App(): ReactNode {
  const t = useT()
  const { path } = useLocation()
  const main = useRef<HTMLElement>(null)
  const before = useRef(path)
  const destination = destinationOf(path)

  // Another page begins at its top, and a screen reader there.
  useEffect(() => {
    if (before.current === path) return
    before.current = path
    window.scrollTo(0, 0)
    main.current?.focus({ preventScroll: true })
  }, [path])

  return (
    <Shell main={main}>
      <Notices />
      <ErrorBoundary
        resetKey={path}
        fallback={(error, again) => <ErrorState title={t('app.failed.title')} detail={wordsOf(error)} onRetry={again} />}
      >
        <Suspense fallback={<Skeleton lines={6} label={t('app.loading')} />}>
          {destination === null ? <NotFound path={path} /> : <destination.Page params={destination.params} />}
        </Suspense>
      </ErrorBoundary>
    </Shell>
  )
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
