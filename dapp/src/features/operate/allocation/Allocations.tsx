import { useState, type ReactNode } from 'react'
import { Link } from '../../../app/router'
import { useConfig } from '../../../chain/context'
import type { Fleet } from '../../../chain/read/fleets'
import { Badge } from '../../../ui/Badge'
import { Button } from '../../../ui/Button'
import { HashText } from '../../../ui/HashText'
import { Panel } from '../../../ui/Panel'
import { Table, type Column } from '../../../ui/Table'
import { TimeText } from '../../../ui/TimeText'
import { NONE, useFigures } from '../../../ui/useFigures'
import { transactionLink } from '../../../wallet/explorer'
import type { OpenLease } from '../queries'
import { AllocationPanel } from './AllocationPanel'
import { isServed } from './allocations'

/** The fleet's open leases, which GPUs serve each, and the form that says so. */
export function Allocations({ fleet, leases }: { readonly fleet: Fleet; readonly leases: readonly OpenLease[] }): ReactNode {
  const { t, count, time } = useFigures()
  const { explorer } = useConfig().chain
  const [chosen, setChosen] = useState<bigint | null>(null)
  const open = leases.find(({ lease }) => lease.leaseId === chosen)
  const columns: Column<OpenLease>[] = [
    { key: 'lease', head: t('operate.lease'), whole: true, cell: ({ lease }) => <Link to={`/leases/${lease.leaseId}`}>{t('operate.lease.number', { id: `${lease.leaseId}` })}</Link> },
    { key: 'units', head: 'GPU', numeric: true, cell: ({ lease }) => count(lease.terms.units) },
    { key: 'end', head: t('operate.lease.end'), whole: true, cell: ({ lease }) => <TimeText at={lease.terms.end} text={time(lease.terms.end)} /> },
    {
      key: 'hash',
      head: t('operate.allocation.hash'),
      cell: ({ allocation }) => (isServed(allocation) ? <HashText hash={allocation.bodyHash} href={transactionLink(explorer, allocation.tx)} /> : <Badge tone="bad">{t('operate.allocation.none')}</Badge>),
    },
    { key: 'version', head: t('operate.allocation.version'), numeric: true, cell: ({ allocation }) => (isServed(allocation) ? `${allocation.version}` : NONE) },
    { key: 'time', head: t('operate.allocation.time'), whole: true, spare: true, cell: ({ allocation }) => (allocation === undefined ? NONE : <TimeText at={allocation.time} text={time(allocation.time)} />) },
    {
      key: 'act',
      head: t('operate.allocation.change'),
      cell: ({ lease }) => (
        <Button
          small
          aria-expanded={lease.leaseId === chosen}
          aria-label={t('operate.allocation.choose.label', { id: `${lease.leaseId}` })}
          onClick={() => setChosen((before) => (before === lease.leaseId ? null : lease.leaseId))}
        >
          {t('operate.allocation.choose')}
        </Button>
      ),
    },
  ]
  return (
    <Panel title={t('operate.allocation.title')} intro={t('operate.allocation.intro')}>
      <Table caption={t('operate.allocation.title')} captionHidden columns={columns} rows={leases} rowKey={({ lease }) => lease.leaseId.toString()} empty={t('operate.allocation.noLeases')} />
      {open !== undefined && <AllocationPanel key={open.lease.leaseId.toString()} fleet={fleet} open={open} onDone={() => setChosen(null)} />}
    </Panel>
  )
}
