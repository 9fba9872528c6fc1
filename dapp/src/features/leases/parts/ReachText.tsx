import type { ReactNode } from 'react'
import type { Lease } from '../../../chain/read/leases'
import { reachOfLease, type Clock } from '../../../domain/lease/runway'
import { useT } from '../../../i18n/useT'
import { TimeText } from '../../../ui/TimeText'
import { NONE, useFigures } from '../../../ui/useFigures'

/** Until when a lease's escrow lasts at full delivery, in a cell. */
export function ReachText({ lease, clock }: { readonly lease: Lease; readonly clock: Clock }): ReactNode {
  const t = useT()
  const { time } = useFigures()
  if (lease.account.closed) return NONE
  if (lease.state.suspendedAt > 0n) return t('leases.reach.suspended')
  const { usedUpAt } = reachOfLease(lease, clock)
  return usedUpAt === null ? t('leases.reach.term') : <TimeText at={usedUpAt} text={time(usedUpAt)} />
}
