import type { ReactNode } from 'react'
import { useT } from '../i18n/useT'
import { ErrorBoundary } from '../ui/ErrorBoundary'
import { ErrorState } from '../ui/ErrorState'
import { Page } from '../ui/layout/Page'

/** The last net: a fault outside any one page still leaves words and a way on instead of an empty window. */
export function Guarded({ children }: { readonly children: ReactNode }): ReactNode {
  const t = useT()
  return (
    <ErrorBoundary
      resetKey=""
      fallback={() => (
        <main>
          <Page>
            <ErrorState title={t('app.failed.title')} onRetry={() => window.location.reload()} />
          </Page>
        </main>
      )}
    >
      {children}
    </ErrorBoundary>
  )
}
