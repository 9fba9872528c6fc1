import { type ReactNode, useEffect, useState, useSyncExternalStore } from 'react'
import { useConfig } from '../chain/context'
import { useWallet } from '../chain/wallet/useWallet'
import type { SessionState } from '../chain/write/runtime/session'
import type { WritesRuntime } from '../chain/write/runtime/writes'
import { useWritesAllowed } from '../chain/write/useWrite'
import { currenciesOf, type Write } from '../chain/write/write'
import { useT } from '../i18n/useT'
import { SILENCE_MS } from '../queue/entry'
import { Button } from '../ui/Button'
import { DataList } from '../ui/DataList'
import { Dialog } from '../ui/Dialog'
import { Notice } from '../ui/Notice'
import { Skeleton } from '../ui/Skeleton'
import { PreviewPart } from './PreviewPart'
import { QueuedPart } from './QueuedPart'

interface WriteDialogProps {
  readonly write: Write
  readonly runtime: WritesRuntime
  readonly onClose: () => void
}

/** One write from its summary to its confirmations. It can be closed at any time: what is on its way goes on and stays in the activity. */
export function WriteDialog({ write, runtime, onClose }: WriteDialogProps): ReactNode {
  const t = useT()
  const [session] = useState(() => runtime.begin(write))
  const state = useSyncExternalStore(session.subscribe, session.state)
  const allowed = useWritesAllowed()
  const { address, chainId } = useWallet()
  const [again, setAgain] = useState(false)
  const { phase } = state

  // Closed, or another write in its place: what the wallet then answers to a permit begins nothing.
  useEffect(() => () => session.cancel(), [session])
  // Made anew for another account or chain; what is with the wallet or in the queue stays what it is, also when the chain was lost for a moment.
  useEffect(() => {
    if (allowed.ok && !isUnderWay(session.state())) void session.plan()
  }, [session, allowed.ok, address, chainId])

  const off = !allowed.ok && !isUnderWay(state)
  const sure = state.phase === 'ready' && (!state.duplicate || again)
  const refused = state.phase === 'ready' && state.preview.tried.kind === 'refused'
  function go(): void {
    setAgain(false)
    void session.go()
  }
  return (
    <Dialog
      open
      title={t(write.title.id, write.title.values)}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t(phase === 'queued' ? 'wallet.write.close' : 'wallet.write.cancel')}</Button>
          {!off && (phase === 'planning' || phase === 'ready' || phase === 'permit') && (
            <Button tone="accent" busy={phase !== 'ready'} disabled={phase === 'ready' && (refused || !sure)} onClick={go}>
              {t(nextLabel(state))}
            </Button>
          )}
          {!off && phase === 'unplanned' && <Button onClick={() => void session.plan()}>{t('wallet.write.retry')}</Button>}
        </>
      }
    >
      <DataList rows={write.summary} />
      {off ? <WritesOff /> : <Part state={state} write={write} runtime={runtime} again={again} onAgain={setAgain} />}
      {state.phase === 'queued' && (
        <QueuedPart
          entry={state.entry}
          stopped={state.stopped}
          runtime={runtime}
          currencies={currenciesOf(write)}
          onGoOn={() => void session.goOn()}
          onAgain={(onlyApprovals) => void session.plan({ onlyApprovals })}
        />
      )}
    </Dialog>
  )
}

/** With the wallet, or further. */
function isUnderWay({ phase }: SessionState): boolean {
  return phase === 'permit' || phase === 'queued'
}

interface PartProps {
  readonly state: SessionState
  readonly write: Write
  readonly runtime: WritesRuntime
  readonly again: boolean
  readonly onAgain: (sure: boolean) => void
}

function Part({ state, write, again, onAgain }: PartProps): ReactNode {
  const t = useT()
  switch (state.phase) {
    case 'planning':
      return <Skeleton lines={4} label={t('wallet.write.planning')} />
    case 'noSigner':
      return <Notice tone="warn">{t('wallet.off.noWallet')}</Notice>
    case 'unplanned':
      return <Notice tone="error">{t('wallet.write.unplanned')}</Notice>
    case 'ready':
      return (
        <>
          <PreviewPart preview={state.preview} currencies={currenciesOf(write)} />
          {state.note !== null && <Notice tone="info">{t(`wallet.write.${state.note}`)}</Notice>}
          {state.duplicate && (
            <Notice tone="warn" title={t('wallet.write.duplicate')}>
              <label>
                <input type="checkbox" checked={again} onChange={(event) => onAgain(event.target.checked)} /> {t('wallet.write.duplicate.sure')}
              </label>
            </Notice>
          )}
        </>
      )
    case 'permit':
      return (
        <>
          <PreviewPart preview={state.preview} currencies={currenciesOf(write)} />
          <PermitAsked />
        </>
      )
    case 'queued':
      return null
  }
}

function PermitAsked(): ReactNode {
  const t = useT()
  const [silent, setSilent] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setSilent(true), SILENCE_MS)
    return () => clearTimeout(timer)
  }, [])
  return silent ? <Notice tone="warn">{t('wallet.note.silent')}</Notice> : <Notice tone="info">{t('wallet.write.permitAsked')}</Notice>
}

/** Why nothing can be written now, and the way to where it can. */
function WritesOff(): ReactNode {
  const t = useT()
  const { chain } = useConfig()
  const allowed = useWritesAllowed()
  const { switchChain } = useWallet()
  if (allowed.ok) return null
  const actions =
    allowed.why === 'wrongChain' ? { actions: <Button small onClick={() => void switchChain()}>{t('wallet.switch', { chain: chain.name })}</Button> } : {}
  return (
    <Notice tone={allowed.why === 'wrongDeployment' || allowed.why === 'framed' ? 'error' : 'warn'} {...actions}>
      {t(`wallet.off.${allowed.why}`)}
    </Notice>
  )
}

function nextLabel(state: SessionState): string {
  if (state.phase === 'permit') return 'wallet.write.waiting'
  if (state.phase !== 'ready') return 'wallet.write.planning'
  const [first] = state.preview.steps
  return first?.how === 'permit' ? 'wallet.write.signPermit' : 'wallet.write.toWallet'
}
