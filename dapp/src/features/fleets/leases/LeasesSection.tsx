import type { ReactNode } from 'react'
import { Link } from '../../../app/router'
import { useConfig } from '../../../chain/context'
import type { Fleet } from '../../../chain/read/fleets'
import type { Lease } from '../../../chain/read/leases'
import { useHead } from '../../../chain/useHead'
import { stateOf, termEnd } from '../../../domain/lease/state'
import { AddressText } from '../../../ui/AddressText'
import { EmptyState } from '../../../ui/EmptyState'
import { LeaseBadge } from '../../../ui/LeaseBadge'
import { Loaded } from '../../../ui/Loaded'
import { Panel } from '../../../ui/Panel'
import { Table, type Column } from '../../../ui/Table'
import { TimeText } from '../../../ui/TimeText'
import { NONE, useFigures } from '../../../ui/useFigures'
import { addressLink } from '../../../wallet/explorer'
import { useFleetLeases } from '../queries'

/** What of the fleet is let, was let and will be. */
export function LeasesSection({ fleet }: { readonly fleet: Fleet }): ReactNode {
  const { t } = useFigures()
  const query = useFleetLeases(fleet.fleetId)
  return (
    <Panel title={t('fleets.leases.title')} intro={t('fleets.leases.intro')}>
      <Loaded query={query} label={t('fleets.leases.loading')}>
        {({ leases }) => <Leases fleet={fleet} leases={leases} />}
      </Loaded>
    </Panel>
  )
}

function Leases({ fleet, leases }: { readonly fleet: Fleet; readonly leases: readonly Lease[] }): ReactNode {
  const { t, money, count, time } = useFigures()
  const { explorer } = useConfig().chain
  const now = useHead()?.now() ?? 0n
  if (leases.length === 0) return <EmptyState title={t('fleets.leases.none')}>{t('fleets.leases.none.text')}</EmptyState>
  const columns: Column<Lease>[] = [
    {
      key: 'lease',
      head: t('fleets.leases.lease'),
      whole: true,
      cell: ({ leaseId }) => <Link to={`/leases/${leaseId}`}>{t('fleets.leases.number', { id: leaseId.toString() })}</Link>,
    },
    {
      key: 'state',
      head: t('fleets.leases.state'),
      cell: (lease) => <LeaseBadge state={stateOf(lease, now)} />,
    },
    { key: 'units', head: t('fleets.leases.units'), numeric: true, cell: ({ terms }) => count(terms.units) },
    { key: 'rate', head: t('fleets.leases.rate'), numeric: true, cell: ({ terms }) => money(terms.rate, fleet.token) },
    { key: 'start', head: t('fleets.leases.start'), whole: true, cell: ({ terms }) => <TimeText at={terms.start} text={time(terms.start)} /> },
    { key: 'until', head: t('fleets.leases.until'), whole: true, cell: (lease) => <TimeText at={termEnd(lease)} text={time(termEnd(lease))} /> },
    { key: 'charged', head: t('fleets.leases.charged'), numeric: true, cell: ({ account }) => money(account.owed, fleet.token) },
    {
      key: 'holder',
      head: t('fleets.leases.holder'),
      cell: ({ holder }) => (holder === null ? NONE : <AddressText address={holder} href={addressLink(explorer, holder)} />),
    },
  ]
  return <Table caption={t('fleets.leases.caption')} captionHidden columns={columns} rows={leases} rowKey={({ leaseId }) => leaseId.toString()} />
}
