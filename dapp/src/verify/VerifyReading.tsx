import { useState, type ReactNode } from 'react'
import { chainFault, type ChainFault } from '../chain/fault'
import { useChain } from '../chain/useChain'
import { formatAmount } from '../format/formatAmount'
import { useLocale } from '../i18n/useLocale'
import { useT } from '../i18n/useT'
import { Button } from '../ui/Button'
import { Disclosure } from '../ui/Disclosure'
import { Stack } from '../ui/layout/Stack'
import { Notice } from '../ui/Notice'
import { verify, type Verification } from './checkOf'
import { StepTable } from './StepTable'

interface VerifyReadingProps {
  /** As this page made it from the lease or the fleet, never as a node said it. */
  readonly meterId: bigint
  readonly epoch: bigint
  /** What is verified, for screen readers: "lease 3". */
  readonly of: string
}

type State = { readonly kind: 'idle' | 'running' } | { readonly kind: 'done'; readonly result: Verification } | { readonly kind: 'failed'; readonly fault: ChainFault }

/** A button that checks a reading's Merkle proof and the signatures over its root, here and against the chain, and says what came of it. */
export function VerifyReading({ meterId, epoch, of }: VerifyReadingProps): ReactNode {
  const t = useT()
  const chain = useChain()
  const [state, setState] = useState<State>({ kind: 'idle' })

  function run(): void {
    if (chain === null) return
    setState({ kind: 'running' })
    verify(chain, { meterId, epoch }).then(
      (result) => setState({ kind: 'done', result }),
      (error: unknown) => setState({ kind: 'failed', fault: chainFault(error) }),
    )
  }

  return (
    <Stack gap="tight">
      <div>
        <Button small busy={state.kind === 'running'} disabled={chain === null} onClick={run} aria-label={t('verify.button.of', { of })}>
          {t('verify.button')}
        </Button>
      </div>
      {state.kind === 'failed' && (
        <Notice tone="error" title={t('verify.noChain')}>
          {t(`errors.${state.fault.code}`, state.fault.args)}
        </Notice>
      )}
      {state.kind === 'done' && <Outcome result={state.result} />}
    </Stack>
  )
}

function Outcome({ result }: { readonly result: Verification }): ReactNode {
  const t = useT()
  const locale = useLocale()
  if (result.said === null) {
    const { fault } = result.error
    return (
      <Notice tone="warn" title={t('verify.noNode')}>
        {t(`errors.${fault.code}`, fault.args)}
      </Notice>
    )
  }
  const { verdict, steps, firstFailure } = result.checked
  const values = {
    node: result.said.node,
    block: formatAmount(result.block, 0, locale),
    steps: `${steps.length}`,
    missing: `${steps.filter(({ state }) => state === 'unchecked').length}`,
  }
  return (
    <>
      {verdict === 'ok' && (
        <Notice tone="ok" title={t('verify.ok.title')}>
          {t('verify.ok.text', values)}
        </Notice>
      )}
      {verdict === 'incomplete' && (
        <Notice tone="warn" title={t('verify.incomplete.title')}>
          {t('verify.incomplete.text', values)}
        </Notice>
      )}
      {verdict === 'failed' && firstFailure !== null && (
        <Notice tone="error" title={t('verify.failed.title')}>
          {t('verify.failed.text', { ...values, step: t(`verify.step.${firstFailure.name}`) })}
        </Notice>
      )}
      <Disclosure summary={t('verify.steps', values)} open={verdict === 'failed'}>
        <StepTable steps={steps} />
      </Disclosure>
    </>
  )
}
