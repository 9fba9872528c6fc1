import { type ReactNode, useState } from 'react'
import { useConfig } from '../chain/context'
import { useWritesAllowed } from '../chain/write/useWrite'
import type { Stopped } from '../chain/write/runtime/run'
import type { WritesRuntime } from '../chain/write/runtime/writes'
import { NO_CURRENCIES } from '../chain/write/write'
import { formatTime } from '../format/time'
import { useLocale } from '../i18n/useLocale'
import { useT } from '../i18n/useT'
import type { Entry } from '../queue/entry'
import { dismissable, needsAttention } from '../queue/select'
import { AddressText } from '../ui/AddressText'
import { Button } from '../ui/Button'
import { Dialog } from '../ui/Dialog'
import { EmptyState } from '../ui/EmptyState'
import { Notice } from '../ui/Notice'
import { callLabel } from './callLabel'
import { StepLine } from './StepLine'
import { useQueue } from './useRuntime'
import css from './wallet.module.css'

/** Everything written from this browser that was not dismissed, newest first. */
export function ActivityDialog({ runtime, onClose }: { readonly runtime: WritesRuntime; readonly onClose: () => void }): ReactNode {
  const t = useT()
  const queue = useQueue()
  const entries = [...queue.entries].reverse()
  const next = new Set(needsAttention(queue).flatMap(({ id, code }) => (code === 'write.nextStep' ? [id] : [])))
  const gone = new Set(dismissable(queue).map(({ id }) => id))
  return (
    <Dialog open title={t('wallet.activity.title')} onClose={onClose} size="wide">
      {entries.length === 0 ? (
        <EmptyState title={t('wallet.activity.none')} />
      ) : (
        <ol className={css.entries}>
          {entries.map((entry) => (
            <EntryPart key={entry.id} entry={entry} runtime={runtime} mayGoOn={next.has(entry.id) && !runtime.isAsking(entry.id)} mayGo={gone.has(entry.id)} />
          ))}
        </ol>
      )}
    </Dialog>
  )
}

interface EntryPartProps {
  readonly entry: Entry
  readonly runtime: WritesRuntime
  readonly mayGoOn: boolean
  readonly mayGo: boolean
}

function EntryPart({ entry, runtime, mayGoOn, mayGo }: EntryPartProps): ReactNode {
  const t = useT()
  const locale = useLocale()
  const { chain } = useConfig()
  const allowed = useWritesAllowed()
  const [stopped, setStopped] = useState<Stopped | null>(null)
  const last = entry.steps.at(-1)?.calls.at(-1)
  const drafted = BigInt(Math.floor(entry.draftedAt / 1_000))
  return (
    <li className={css.entry}>
      <header className={css.entryHead}>
        <h3>{last === undefined ? '' : callLabel(t, last)}</h3>
        <p className={css.fine}>
          {formatTime(drafted, locale, new Intl.DateTimeFormat().resolvedOptions().timeZone)} · <AddressText address={entry.account} copy={false} />
        </p>
      </header>
      <ol className={css.steps} aria-live="polite">
        {entry.steps.map((step, place) => (
          <StepLine key={place} step={step} needed={entry.needed} explorer={entry.chainId === chain.id ? chain.explorer : null} runtime={runtime} currencies={NO_CURRENCIES} />
        ))}
      </ol>
      {(stopped === 'lost' || stopped === 'moved' || stopped === 'elsewhere' || stopped === 'off') && <Notice tone="warn">{t(`wallet.write.stopped.${stopped}`)}</Notice>}
      <div className={css.entryActions}>
        {mayGoOn && (
          <Button
            small
            tone="accent"
            disabled={!allowed.ok}
            onClick={() => {
              setStopped(null)
              void runtime.resume(entry.id).then(setStopped)
            }}
          >
            {t('wallet.write.goOn')}
          </Button>
        )}
        {mayGo && (
          <Button small tone="quiet" onClick={() => runtime.store.dispatch({ kind: 'dismissed', id: entry.id })}>
            {t('wallet.activity.dismiss')}
          </Button>
        )}
      </div>
    </li>
  )
}
