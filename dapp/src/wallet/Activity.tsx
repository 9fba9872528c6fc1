import { type ReactNode, Suspense, lazy, useState, useTransition } from 'react'
import { useT } from '../i18n/useT'
import { Button } from '../ui/Button'
import { ErrorBoundary } from '../ui/ErrorBoundary'
import { Notice } from '../ui/Notice'
import { useQueue, useRuntime } from './useRuntime'
import css from './wallet.module.css'

const ActivityDialog = lazy(() => import('./ActivityDialog').then(({ ActivityDialog: dialog }) => ({ default: dialog })))

/** The way to what was written from here, with a count of what needs the person; nothing where nothing was. */
export function Activity(): ReactNode {
  const t = useT()
  const runtime = useRuntime()
  const queue = useQueue()
  const [open, setOpen] = useState(false)
  const [coming, startComing] = useTransition()
  if (runtime === null || (queue.entries.length === 0 && !open)) return null
  const { attention, onTheWay } = runtime.counts()
  return (
    <>
      <Button small tone="quiet" aria-haspopup="dialog" busy={coming} onClick={() => startComing(() => setOpen(true))}>
        {t('wallet.activity')}
        {attention > 0 ? (
          <span className={css.attention}>{t('wallet.activity.attention', { count: attention })}</span>
        ) : (
          onTheWay > 0 && <span className={css.count}>{t('wallet.activity.onTheWay', { count: onTheWay })}</span>
        )}
      </Button>
      <ErrorBoundary resetKey={`${open}`} fallback={() => <Notice tone="error">{t('wallet.notLoaded')}</Notice>}>
        <Suspense fallback={null}>{open && <ActivityDialog runtime={runtime} onClose={() => setOpen(false)} />}</Suspense>
      </ErrorBoundary>
    </>
  )
}
