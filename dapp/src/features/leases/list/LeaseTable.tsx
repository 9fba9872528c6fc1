import type { ReactNode } from 'react'
import { Link } from '../../../app/router'
import { useConfig } from '../../../chain/context'
import type { Lease } from '../../../chain/read/leases'
import { useHead } from '../../../chain/useHead'
import { stateOf, termEnd } from '../../../domain/lease/state'
import { periodEnd } from '../../../domain/periodEnd'
import { useT } from '../../../i18n/useT'
import { AddressText } from '../../../ui/AddressText'
import { AmountText } from '../../../ui/AmountText'
import { LeaseBadge } from '../../../ui/LeaseBadge'
import { Table, type Column } from '../../../ui/Table'
import { TimeText } from '../../../ui/TimeText'
import { NONE, useFigures } from '../../../ui/useFigures'
import { addressLink } from '../../../wallet/explorer'
import { splitOf } from '../logic/split'
import { FleetLink } from '../parts/FleetLink'
import css from '../parts/parts.module.css'
import { ReachText } from '../parts/ReachText'
import type { Surroundings } from '../queries'

interface LeaseTableProps {
  readonly leases: readonly Lease[]
  readonly around: Surroundings
  /** Left out where all are one holder's. */
  readonly holders?: boolean
}

/** Leases with what a reader compares them by. */
export function LeaseTable({ leases, around, holders = true }: LeaseTableProps): ReactNode {
  const t = useT()
  const { count, time, money, about, ppm } = useFigures()
  const { explorer } = useConfig().chain
  const { oracle, fleets, block } = around
  const now = useHead()?.now() ?? block.timestamp
  const tokenOf = ({ terms }: Lease) => fleets.get(terms.fleetId)?.token ?? null
  const columns: Column<Lease>[] = [
    { key: 'lease', head: t('leases.lease'), whole: true, cell: ({ leaseId }) => <Link to={`/leases/${leaseId}`}>{t('leases.number', { lease: `${leaseId}` })}</Link> },
    { key: 'state', head: t('leases.stateHead'), whole: true, cell: (lease) => <LeaseBadge state={stateOf(lease, now)} /> },
    { key: 'fleet', head: t('leases.fleet'), cell: ({ terms }) => <FleetLink fleetId={terms.fleetId} fleet={fleets.get(terms.fleetId) ?? null} /> },
    {
      key: 'holder',
      head: t('leases.tenant'),
      whole: true,
      spare: true,
      cell: ({ holder }) => (holder === null ? NONE : <AddressText address={holder} href={addressLink(explorer, holder)} />),
    },
    { key: 'units', head: t('leases.units'), numeric: true, cell: ({ terms }) => count(terms.units) },
    {
      key: 'term',
      head: t('leases.term'),
      whole: true,
      cell: (lease) => (
        <>
          <TimeText at={lease.terms.start} text={time(lease.terms.start)} />
          <span className={css.under}>
            {t('leases.until', { time: time(termEnd(lease)) })}
          </span>
        </>
      ),
    },
    { key: 'rate', head: t('leases.rateHead'), numeric: true, cell: (lease) => <AmountText text={money(lease.terms.rate, tokenOf(lease))} /> },
    { key: 'delivered', head: t('leases.deliveredShare'), numeric: true, cell: (lease) => ppm(settledShare(lease), 2) },
    {
      key: 'escrow',
      head: t('leases.escrow'),
      numeric: true,
      cell: (lease) => <AmountText text={about(lease.account.held, tokenOf(lease))} title={money(lease.account.held, tokenOf(lease))} />,
    },
    { key: 'reach', head: t('leases.lasts'), whole: true, cell: (lease) => <ReachText lease={lease} clock={oracle} /> },
  ]
  const shown = holders ? columns : columns.filter(({ key }) => key !== 'holder')
  return <Table dense caption={t('leases.table')} captionHidden columns={shown} rows={leases} rowKey={({ leaseId }) => `${leaseId}`} />

  function settledShare(lease: Lease): bigint | undefined {
    const { settledEpoch } = lease.account
    return settledEpoch === 0n ? undefined : splitOf(lease, lease.reading, periodEnd(oracle, settledEpoch)).deliveredPpm
  }
}
