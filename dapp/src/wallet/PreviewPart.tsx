import type { ReactNode } from 'react'
import type { Preview } from '../chain/write/runtime/session'
import type { Currencies } from '../chain/write/write'
import { useT } from '../i18n/useT'
import { Disclosure } from '../ui/Disclosure'
import { Notice } from '../ui/Notice'
import { CallDetails } from './CallDetails'
import { callLabel } from './callLabel'
import { useRefusal } from './useRefusal'
import css from './wallet.module.css'

/** What the wallet will be asked, as the calldata says it, and what came of trying it first. */
export function PreviewPart({ preview, currencies }: { readonly preview: Preview; readonly currencies: Currencies }): ReactNode {
  const t = useT()
  const say = useRefusal(currencies)
  const { steps, calls, tried } = preview
  return (
    <>
      <section className={css.part}>
        <h3>{t('wallet.write.asked')}</h3>
        <ol className={css.plan}>
          {steps.map((step, place) => (
            <li key={place}>
              {step.how === 'permit' && <span>{t('wallet.write.step.permit')}</span>}
              {step.how === 'batch' && <span>{t('wallet.write.step.batch', { count: step.calls.length })}</span>}
              {step.how === 'call' && calls[firstCall(steps, place)] !== undefined && <CallName preview={preview} place={firstCall(steps, place)} />}
            </li>
          ))}
        </ol>
        <Disclosure summary={t('wallet.write.details')}>
          {calls.map((call, place) => (
            <CallDetails key={place} call={call} />
          ))}
        </Disclosure>
      </section>
      {tried.kind === 'passed' && <Notice tone="ok">{t('wallet.write.tried.passed')}</Notice>}
      {tried.kind === 'firstOnly' && <Notice tone="info">{t('wallet.write.tried.firstOnly')}</Notice>}
      {tried.kind === 'lost' && <Notice tone="warn">{t('wallet.write.tried.lost')}</Notice>}
      {tried.kind === 'refused' && (
        <Notice tone="error" title={t('wallet.write.tried.refused')}>
          {say(tried.refusal)}
        </Notice>
      )}
    </>
  )
}

function CallName({ preview, place }: { readonly preview: Preview; readonly place: number }): ReactNode {
  const t = useT()
  const call = preview.calls[place]
  return call === undefined ? null : <span>{callLabel(t, call)}</span>
}

/** The place of a step's first call among the shown ones; of a permit step one call is shown. */
function firstCall(steps: Preview['steps'], step: number): number {
  return steps.slice(0, step).reduce((sum, { how, calls }) => sum + (how === 'permit' ? 1 : calls.length), 0)
}
