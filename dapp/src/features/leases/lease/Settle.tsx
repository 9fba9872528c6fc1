import { useState, type ReactNode } from 'react'
import { chainFault } from '../../../chain/fault'
import { useChain } from '../../../chain/useChain'
import { useWrite, useWritesAllowed } from '../../../chain/write/useWrite'
import { termEnd } from '../../../domain/lease/state'
import { periodEnd } from '../../../domain/periodEnd'
import { useT } from '../../../i18n/useT'
import { Button } from '../../../ui/Button'
import { DataList } from '../../../ui/DataList'
import { Stack } from '../../../ui/layout/Stack'
import { Notice } from '../../../ui/Notice'
import { useFigures } from '../../../ui/useFigures'
import { verify } from '../../../verify/checkOf'
import { canSettle } from '../logic/actions'
import { saidOf, type Said } from '../logic/said'
import { chargeAt } from '../logic/split'
import type { OneLease } from '../queries'
import { settleWrite, type Making } from '../writes'
import { WhyNot } from './ActionPart'
import type { Newest } from './newest'

interface SettleProps {
  readonly found: OneLease
  readonly newest: Newest
  readonly making: Making
}

/** Settles by the newest final report that a node gives: its reading is verified here first, and nothing is sent if it does not hold. */
export function Settle({ found, newest, making }: SettleProps): ReactNode {
  const t = useT()
  const { money, count, time } = useFigures()
  const chain = useChain()
  const start = useWrite()
  const allowed = useWritesAllowed()
  const [checking, setChecking] = useState(false)
  const [refused, setRefused] = useState<string | null>(null)
  const { lease, fleet, oracle } = found
  const token = fleet?.token ?? null

  const final = newest.kind === 'said' ? newest.final : null
  const taken = canSettle(lease, final?.epoch ?? null)
  if (lease.account.closed && !taken.ok) return <WhyNot taken={taken} />
  if (newest.kind === 'loading') return <p>{t('leases.meter.asking')}</p>
  if (newest.kind === 'failed') return <p>{t(`errors.${newest.fault.code}`, newest.fault.args)}</p>
  if (newest.kind === 'wrong') return <p>{t('leases.meter.wrong.text', { node: newest.node })}</p>
  if (newest.kind === 'absent') return <p>{t('leases.not.noFinal')}</p>
  if (!taken.ok || final === null) return taken.ok ? null : <WhyNot taken={taken} />
  const rows = rowsOf(final)

  async function run({ epoch }: Said): Promise<string | null> {
    if (chain === null) return null
    const result = await verify(chain, { meterId: lease.meterId, epoch })
    if (result.said === null) return t(`errors.${result.error.fault.code}`, result.error.fault.args)
    const { checked, said } = result
    if (checked.firstFailure !== null) return t('leases.settle.refused', { node: said.node, step: t(`verify.step.${checked.firstFailure.name}`) })
    const proven = saidOf(said.value, lease.meterId)
    const write = proven === null ? null : settleWrite(said.value, rowsOf(proven), making)
    if (write === null) return t('leases.meter.wrong.text', { node: said.node })
    start(write)
    return null
  }
  function press(to: Said): void {
    setChecking(true)
    setRefused(null)
    run(to)
      .catch((error: unknown) => {
        const fault = chainFault(error)
        return t(`errors.${fault.code}`, fault.args)
      })
      .then((words) => {
        setRefused(words)
        setChecking(false)
      })
      // Neither of the two above throws.
      .catch(() => undefined)
  }
  return (
    <Stack gap="tight">
      <DataList layout="ledger" rows={rows} />
      <Button busy={checking} disabled={!allowed.ok || chain === null} onClick={() => press(final)}>
        {t('leases.settle.verify')}
      </Button>
      {refused !== null && (
        <Notice tone="error" title={t('leases.settle.stopped')}>
          {refused}
        </Notice>
      )}
    </Stack>
  )

  function rowsOf({ epoch, reading }: Said) {
    const end = periodEnd(oracle, epoch)
    const charge = chargeAt(lease, reading, end)
    return [
      { label: t('leases.settle.epoch'), value: t('leases.settle.epoch.value', { epoch: count(epoch), time: time(end) }) },
      { label: t('leases.settle.rent'), value: money(charge.owed - lease.account.owed, token) },
      { label: t('leases.settle.credit'), value: money(charge.creditOwed - lease.totals.creditOwed, token) },
      ...(end >= termEnd(lease) ? [{ label: t('leases.settle.closes'), value: t('leases.settle.closes.yes') }] : []),
    ]
  }
}
