import { useEffect, useRef, type ReactNode } from 'react'
import { useConfig } from '../chain/context'
import type { Stopped } from '../chain/write/runtime/run'
import type { WritesRuntime } from '../chain/write/runtime/writes'
import { useWritesAllowed } from '../chain/write/useWrite'
import type { Currencies } from '../chain/write/write'
import { useT } from '../i18n/useT'
import { Button } from '../ui/Button'
import { Notice } from '../ui/Notice'
import { keepFocus } from './keepFocus'
import { StepLine } from './StepLine'
import { useQueue } from './useRuntime'
import css from './wallet.module.css'

interface QueuedPartProps {
  readonly entry: string
  readonly stopped: Stopped | null
  readonly runtime: WritesRuntime
  readonly currencies: Currencies
  readonly onGoOn: () => void
  /** Begins anew; true: one by one, without batch or permit. */
  readonly onAgain: (onlyApprovals: boolean) => void
}

/** A write that is in the queue: its steps as they go, and what can be done where it stopped. */
export function QueuedPart({ entry: id, stopped, runtime, currencies, onGoOn, onAgain }: QueuedPartProps): ReactNode {
  const t = useT()
  const { chain } = useConfig()
  const allowed = useWritesAllowed()
  const steps = useRef<HTMLOListElement>(null)
  // The button that brought it here is gone.
  useEffect(() => keepFocus(steps.current), [])
  const entry = useQueue().entries.find((each) => each.id === id)
  if (entry === undefined) return <Notice tone="info">{t('wallet.write.gone')}</Notice>
  const statuses = entry.steps.map(({ status }) => status)
  const asked = statuses.some((status) => status.kind === 'signing' && !status.silent)
  const oneByOne = statuses.some((status) => status.kind === 'refused' && status.refusal.name === 'wallet.noBatch')
  const ended = statuses.some(({ kind }) => kind === 'rejected' || kind === 'refused')
  return (
    <>
      <ol ref={steps} className={css.steps} aria-live="polite">
        {entry.steps.map((step, place) => (
          <StepLine key={place} step={step} needed={entry.needed} explorer={chain.explorer} runtime={runtime} currencies={currencies} />
        ))}
      </ol>
      {asked && <Notice tone="info">{t('wallet.write.inWallet')}</Notice>}
      {(stopped === 'lost' || stopped === 'moved' || stopped === 'elsewhere' || stopped === 'off') && (
        <Notice
          tone="warn"
          actions={
            stopped === 'elsewhere' ? undefined : (
              <Button small disabled={!allowed.ok} onClick={onGoOn}>
                {t('wallet.write.goOn')}
              </Button>
            )
          }
        >
          {stopped === 'off' && !allowed.ok ? t(`wallet.off.${allowed.why}`) : t(`wallet.write.stopped.${stopped}`)}
        </Notice>
      )}
      {ended && (
        <Button small onClick={() => onAgain(oneByOne)}>
          {t(oneByOne ? 'wallet.write.oneByOne' : 'wallet.write.again')}
        </Button>
      )}
      {stopped === null && !asked && !ended && <p className={css.fine}>{t('wallet.write.mayClose')}</p>}
    </>
  )
}
