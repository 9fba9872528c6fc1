import type { ReactNode } from 'react'
import { reachOfLease } from '../../../domain/lease/runway'
import { periodEnd } from '../../../domain/periodEnd'
import { useT } from '../../../i18n/useT'
import { Stat, StatRow } from '../../../ui/Stat'
import { NONE, useFigures } from '../../../ui/useFigures'
import { splitOf } from '../logic/split'
import type { OneLease } from '../queries'

/** The four figures a tenant looks for first. */
export function Headline({ found, now }: { readonly found: OneLease; readonly now: bigint }): ReactNode {
  const t = useT()
  const { ppm, short, time, money, span, count, symbol } = useFigures()
  const { lease, fleet, oracle } = found
  const token = fleet?.token ?? null
  const unit = symbol(token)
  const { settledEpoch, closed, held, owed } = lease.account
  const settled = settledEpoch > 0n
  const end = periodEnd(oracle, settledEpoch)
  const split = splitOf(lease, lease.reading, end)
  const upTo = settled ? t('leases.head.settledTo', { epoch: count(settledEpoch), time: time(end) }) : t('leases.head.unsettled')
  return (
    <StatRow size="headline">
      <Stat label={t('leases.deliveredShare')} value={settled ? ppm(split.deliveredPpm, 2) : NONE} note={upTo} />
      <Stat label={t('leases.head.rent')} value={short(owed, token)} unit={unit} note={t('leases.head.rent.note', { amount: money(owed, token) })} />
      <Stat label={closed ? t('leases.head.refund') : t('leases.head.escrow')} value={short(held, token)} unit={unit} note={t(closed ? 'leases.head.refund.note' : 'leases.head.escrow.note')} />
      {lasts()}
    </StatRow>
  )

  function lasts(): ReactNode {
    if (closed) return <Stat label={t('leases.lasts')} value={NONE} note={t('leases.head.closed')} />
    if (lease.state.suspendedAt > 0n) {
      const since = time(lease.state.suspendedAt)
      return <Stat label={t('leases.lasts')} value={t('leases.head.suspended')} note={t('leases.head.suspended.note', { time: since })} />
    }
    const { usedUpAt, suspendedAfter, settledTo } = reachOfLease(lease, oracle)
    if (usedUpAt === null) return <Stat label={t('leases.lasts')} value={t('leases.head.wholeTerm')} note={t('leases.head.wholeTerm.note')} />
    const from = now > settledTo ? now : settledTo
    return (
      <Stat
        label={t('leases.lasts')}
        value={span(usedUpAt - from)}
        note={t('leases.head.lasts.note', { time: time(usedUpAt), suspended: suspendedAfter === null ? NONE : time(suspendedAfter) })}
      />
    )
  }
}
