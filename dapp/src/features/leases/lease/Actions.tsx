import type { ReactNode } from 'react'
import { useViewer } from '../../../app/viewer'
import { useConfig } from '../../../chain/context'
import { useWrite, useWritesAllowed } from '../../../chain/write/useWrite'
import type { Row } from '../../../chain/write/write'
import { useT } from '../../../i18n/useT'
import { Button } from '../../../ui/Button'
import { Panel } from '../../../ui/Panel'
import { useFigures } from '../../../ui/useFigures'
import { canClose, canTerminate, canTopUp, canWithdraw, stopAt } from '../logic/actions'
import css from '../parts/parts.module.css'
import type { OneLease } from '../queries'
import { closeWrite, terminateWrite, withdrawWrite, type Making } from '../writes'
import { ActionPart } from './ActionPart'
import type { Newest } from './newest'
import { Settle } from './Settle'
import { TopUp } from './TopUp'

interface ActionsProps {
  readonly found: OneLease
  readonly now: bigint
  readonly newest: Newest
}

/** Everything that can be done about a lease: with a button where the contract would take it now, and else with why not. */
export function Actions({ found, now, newest }: ActionsProps): ReactNode {
  const t = useT()
  const { money, time } = useFigures()
  const start = useWrite()
  const allowed = useWritesAllowed()
  const { address } = useViewer()
  const contract = useConfig().contracts.CapacityLease.address
  const { lease, fleet, oracle, headMinedAt } = found
  const { closed, held } = lease.account
  const making: Making = { contract, lease, fleet }
  const heldRow: Row = { label: t('leases.head.escrow'), value: money(held, fleet?.token ?? null) }
  const stopping: Row = { label: t('leases.terms.stop'), value: t('leases.stop.earliest', { time: time(stopAt(now, oracle.epochLength)) }) }

  const withdraw = (
    <ActionPart id="withdraw" taken={canWithdraw(lease, address)}>
      <p>{t('leases.withdraw.amount', { amount: heldRow.value })}</p>
      <Button tone="accent" disabled={!allowed.ok} onClick={() => start(withdrawWrite([heldRow], making))}>
        {t('leases.do.withdraw')}
      </Button>
    </ActionPart>
  )
  return (
    <Panel title={t('leases.actions.title')} intro={t('leases.actions.intro')}>
      <div className={css.actions}>
        {!allowed.ok && <p className={css.quiet}>{t(`wallet.off.${allowed.why}`)}</p>}
        {closed && withdraw}
        <ActionPart id="settle" taken={{ ok: true }}>
          <Settle found={found} newest={newest} making={making} />
        </ActionPart>
        <ActionPart id="topUp" taken={canTopUp(lease)}>
          <TopUp found={found} making={making} />
        </ActionPart>
        <ActionPart id="terminate" taken={canTerminate(lease, now, oracle)}>
          <Button disabled={!allowed.ok} onClick={() => start(terminateWrite([stopping], making))}>
            {t('leases.do.terminate')}
          </Button>
        </ActionPart>
        <ActionPart id="close" taken={canClose(lease, now, oracle, headMinedAt)}>
          <Button disabled={!allowed.ok} onClick={() => start(closeWrite([heldRow], making))}>
            {t('leases.do.close')}
          </Button>
        </ActionPart>
        {!closed && withdraw}
      </div>
    </Panel>
  )
}
