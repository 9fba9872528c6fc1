import type { ReactNode } from 'react'
import type { History } from '../../../chain/history/events'
import { reachOfLease, runwayTail } from '../../../domain/lease/runway'
import { useT } from '../../../i18n/useT'
import { AmountText } from '../../../ui/AmountText'
import { DataList, type DataRow } from '../../../ui/DataList'
import { Columns } from '../../../ui/layout/Columns'
import { Panel } from '../../../ui/Panel'
import { TimeText } from '../../../ui/TimeText'
import { NONE, useFigures } from '../../../ui/useFigures'
import { lapsedCredit } from '../logic/history'
import type { OneLease } from '../queries'

interface MoneyPanelProps {
  readonly found: OneLease
  readonly now: bigint
  /** null until it was read. */
  readonly history: History | null
}

/** The lease's account, and how far its escrow reaches. */
export function MoneyPanel({ found, now, history }: MoneyPanelProps): ReactNode {
  const t = useT()
  const { money, time, span } = useFigures()
  const { lease, fleet, oracle } = found
  const { account, totals, state } = lease
  const amount = (units: bigint): ReactNode => <AmountText text={money(units, fleet?.token ?? null)} />
  const lapsed = account.closed ? (history === null ? null : (lapsedCredit(history.events) ?? 0n)) : 0n

  const balances: DataRow[] = [
    { label: t('leases.money.owed'), value: amount(account.owed), note: t('leases.money.owed.note') },
    { label: t('leases.money.debt'), value: amount(totals.debt), note: totals.debt > 0n ? t(account.closed ? 'leases.money.debt.closed' : 'leases.money.debt.note') : null },
    { label: t('leases.money.credit'), value: amount(totals.creditOwed), note: t('leases.money.credit.note') },
    { label: t('leases.money.creditPaid'), value: lapsed === null ? NONE : amount(totals.creditOwed - state.creditUnpaid - lapsed) },
    { label: t('leases.money.creditUnpaid'), value: amount(state.creditUnpaid), note: state.creditUnpaid > 0n ? t('leases.money.creditUnpaid.note') : null },
    ...(lapsed === null || lapsed > 0n ? [{ label: t('leases.money.lapsed'), value: lapsed === null ? NONE : amount(lapsed) }] : []),
    { label: t(account.closed ? 'leases.head.refund' : 'leases.head.escrow'), value: <AmountText strong text={money(account.held, fleet?.token ?? null)} /> },
  ]
  return (
    <Panel title={t('leases.money.title')} intro={t('leases.money.intro')}>
      <Columns>
        <DataList layout="ledger" rows={balances} />
        <DataList rows={account.closed ? [{ label: t('leases.reach.title'), value: t('leases.head.closed') }] : reachRows()} />
      </Columns>
    </Panel>
  )

  function reachRows(): DataRow[] {
    const { usedUpAt, suspendedAfter, settledTo } = reachOfLease(lease, oracle)
    const at = (moment: bigint): ReactNode => <TimeText at={moment} text={time(moment)} />
    const cover = runwayTail(state.notice, oracle)
    return [
      { label: t('leases.reach.runway'), value: lease.runway === null ? NONE : amount(lease.runway), note: t('leases.reach.runway.note', { time: span(cover) }) },
      { label: t('leases.reach.from'), value: at(settledTo), note: t('leases.reach.from.note') },
      { label: t('leases.reach.until'), value: usedUpAt === null ? t('leases.reach.term') : at(usedUpAt), note: t('leases.reach.until.note') },
      state.suspendedAt > 0n
        ? { label: t('leases.reach.since'), value: at(state.suspendedAt), note: t('leases.reach.since.note', { time: time(state.suspendedAt + state.notice) }) }
        : {
            label: t('leases.reach.suspendedAt'),
            value: suspendedAfter === null ? t('leases.reach.never') : at(suspendedAfter),
            note: suspendedAfter === null ? null : t(suspendedAfter <= now ? 'leases.reach.atNext' : 'leases.reach.suspendedAt.note'),
          },
    ]
  }
}
