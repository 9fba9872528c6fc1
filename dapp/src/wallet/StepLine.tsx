import { type ReactNode, useEffect, useState } from 'react'
import type { WritesRuntime } from '../chain/write/runtime/writes'
import type { Currencies } from '../chain/write/write'
import { useT, type Translate } from '../i18n/useT'
import type { Refusal, Status, Step } from '../queue/entry'
import { Badge } from '../ui/Badge'
import { HashText } from '../ui/HashText'
import { callLabel } from './callLabel'
import { transactionLink } from './explorer'
import { useRefusal } from './useRefusal'
import css from './wallet.module.css'

interface StepLineProps {
  readonly step: Step
  /** Confirmations asked for. */
  readonly needed: number
  readonly explorer: string | null
  readonly runtime: WritesRuntime
  readonly currencies: Currencies
}

/** One step of a write: what it does, where it stands, and its transaction. */
export function StepLine({ step, needed, explorer, runtime, currencies }: StepLineProps): ReactNode {
  const t = useT()
  const say = useRefusal(currencies)
  const { status } = step
  const hash = 'hash' in status ? status.hash : null
  const reason = useReason(runtime, status.kind === 'reverted' ? status.hash : null)
  return (
    <li className={css.step}>
      <div className={css.stepHead}>
        <span className={css.stepName}>{step.calls.map((call) => callLabel(t, call)).join(' · ')}</span>
        <Badge tone={toneOf(status)}>{stateOf(t, status, needed)}</Badge>
      </div>
      {status.kind !== 'replaced' && step.hashes.length > 1 && <p className={css.note}>{t('wallet.note.repriced', { times: step.hashes.length })}</p>}
      {notesOf(t, status).map((note) => (
        <p key={note} className={css.note}>
          {note}
        </p>
      ))}
      {status.kind === 'refused' && <p className={css.note}>{say(status.refusal)}</p>}
      {status.kind === 'reverted' && <p className={css.note}>{reason === 'asking' ? t('wallet.step.reverted.asking') : reason === null ? t('wallet.step.reverted.unknown') : say(reason)}</p>}
      {hash !== null && (
        <p className={css.hash}>
          {t('wallet.step.transaction')} <HashText hash={hash} href={transactionLink(explorer, hash)} />
        </p>
      )}
      {status.kind === 'replaced' && (
        <p className={css.hash}>
          {t('wallet.step.replacedBy')} <HashText hash={status.by} href={transactionLink(explorer, status.by)} />
        </p>
      )}
    </li>
  )
}

function useReason(runtime: WritesRuntime, hash: `0x${string}` | null): Refusal | 'asking' | null {
  const [reason, setReason] = useState<Refusal | 'asking' | null>('asking')
  useEffect(() => {
    if (hash === null) return
    let here = true
    setReason('asking')
    runtime.reason(hash).then(
      (found) => here && setReason(found),
      () => here && setReason(null),
    )
    return () => {
      here = false
    }
  }, [runtime, hash])
  return reason
}

function toneOf(status: Status): 'neutral' | 'ok' | 'warn' | 'bad' | 'info' {
  switch (status.kind) {
    case 'final':
    case 'confirmed':
      return 'ok'
    case 'refused':
    case 'reverted':
      return 'bad'
    case 'dropped':
      return 'warn'
    case 'replaced':
      return status.how === 'repriced' ? 'info' : 'warn'
    case 'signing':
      return status.silent || status.moved || status.unheard ? 'warn' : 'info'
    case 'pending':
      return status.takenBack ? 'warn' : 'info'
    case 'simulating':
    case 'bundled':
      return 'info'
    default:
      return 'neutral'
  }
}

function stateOf(t: Translate, status: Status, needed: number): string {
  switch (status.kind) {
    case 'confirmed':
    case 'final':
      return t('wallet.step.confirmed', { done: status.mined.confirmations, needed })
    case 'replaced':
      return t(`wallet.step.replaced.${status.how}`)
    default:
      return t(`wallet.step.${status.kind}`)
  }
}

function notesOf(t: Translate, status: Status): readonly string[] {
  switch (status.kind) {
    case 'signing':
      return [
        ...(status.silent ? [t('wallet.note.silent')] : []),
        ...(status.moved ? [t('wallet.note.moved')] : []),
        ...(status.unheard ? [t('wallet.note.unheard')] : []),
      ]
    case 'pending':
      return status.takenBack ? [t('wallet.note.takenBack')] : []
    case 'dropped':
      return [t('wallet.note.dropped')]
    case 'rejected':
      return [t('wallet.note.rejected')]
    case 'replaced':
      return status.how === 'repriced' ? [] : [t(`wallet.note.${status.how}`)]
    default:
      return []
  }
}
