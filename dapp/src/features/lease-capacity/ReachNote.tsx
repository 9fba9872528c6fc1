import type { ReactNode } from 'react'
import { reachOf } from '../../domain/lease/runway'
import { useT } from '../../i18n/useT'
import css from '../../ui/prose.module.css'
import { useFigures } from '../../ui/useFigures'
import type { Order } from './order'
import type { Offer } from './queries'

interface ReachNoteProps {
  readonly offer: Offer
  readonly order: Order
  readonly escrow: bigint
}

/** How far an escrow would reach if every unit were delivered throughout. */
export function ReachNote({ offer: { fleet, oracle }, order, escrow }: ReachNoteProps): ReactNode {
  const t = useT()
  const { time } = useFigures()
  const { listRate, notice } = fleet.spec
  const { units, start, end } = order
  const { usedUpAt, suspendedAfter } = reachOf({ units, rate: listRate, notice, end, settledTo: start, held: escrow, debt: 0n, owed: 0n, delivered: 0n }, oracle)
  return (
    <p className={css.quiet}>
      {usedUpAt === null || suspendedAfter === null
        ? t('lease-capacity.reach.term')
        : t('lease-capacity.reach.until', { time: time(usedUpAt), suspended: time(suspendedAfter) })}
    </p>
  )
}
