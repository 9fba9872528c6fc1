import type { ReactNode } from 'react'
import type { PageProps } from '../../../app/feature'
import { Link } from '../../../app/router'
import { useViewer } from '../../../app/viewer'
import { useHead } from '../../../chain/useHead'
import { stateOf, termEnd } from '../../../domain/lease/state'
import { visibleName } from '../../../format/name'
import { T } from '../../../i18n/T'
import { useT } from '../../../i18n/useT'
import { EmptyState } from '../../../ui/EmptyState'
import { Columns } from '../../../ui/layout/Columns'
import { Stack } from '../../../ui/layout/Stack'
import { LeaseBadge } from '../../../ui/LeaseBadge'
import { Loaded } from '../../../ui/Loaded'
import { PageHeader } from '../../../ui/PageHeader'
import { useFigures } from '../../../ui/useFigures'
import { useLease, useLeaseHistory, useNodeReadings, type OneLease } from '../queries'
import { Actions } from './Actions'
import { Headline } from './Headline'
import { HistoryPanel } from './HistoryPanel'
import { MeterPanel } from './MeterPanel'
import { MoneyPanel } from './MoneyPanel'
import { isCovered, newestOf } from './newest'
import { TermsPanel } from './TermsPanel'

/** One lease: what became of the time it sold, what it cost, what is left, and what can be done about it. */
export function Page({ params }: PageProps): ReactNode {
  const t = useT()
  const typed = params['leaseId'] ?? ''
  // Lease ids in a meter id have 88 bits.
  const leaseId = /^[1-9][0-9]{0,25}$/.test(typed) ? BigInt(typed) : 0n
  const { address } = useViewer()
  const query = useLease(leaseId, address)
  return (
    <Loaded query={query} label={t('leases.one.loading')} lines={10}>
      {(found) => (found === null ? <Unknown typed={typed} /> : <Found key={`${leaseId}`} found={found} />)}
    </Loaded>
  )
}

function Unknown({ typed }: { readonly typed: string }): ReactNode {
  const t = useT()
  return (
    <>
      <PageHeader title={t('leases.unknown')} above={<Link to="/leases">{t('leases.title')}</Link>} />
      <EmptyState title={t('leases.unknown.text', { text: visibleName(typed, 30) })}>
        <T id="leases.unknown.where" components={[<Link to="/leases" />]} />
      </EmptyState>
    </>
  )
}

function Found({ found }: { readonly found: OneLease }): ReactNode {
  const t = useT()
  const { count, time, name } = useFigures()
  const { lease, fleet, block } = found
  const now = useHead()?.now() ?? block.timestamp
  const covered = isCovered(lease, found.oracle)
  const readings = useNodeReadings(lease.leaseId, covered)
  const history = useLeaseHistory(lease.leaseId)
  const newest = newestOf(readings, lease.meterId, covered)
  return (
    <>
      <PageHeader
        above={<Link to="/leases">{t('leases.title')}</Link>}
        title={t('leases.number', { lease: `${lease.leaseId}` })}
        badges={<LeaseBadge state={stateOf(lease, now)} />}
        lead={
          <T
            id="leases.one.lead"
            values={{
              units: Number(lease.terms.units),
              model: name(fleet?.spec.model ?? ''),
              site: name(fleet?.spec.site ?? ''),
              start: time(lease.terms.start),
              end: time(termEnd(lease)),
              fleet: `${lease.terms.fleetId}`,
            }}
            components={[<Link to={`/fleets/${lease.terms.fleetId}`} />]}
          />
        }
      />
      <Headline found={found} now={now} />
      <MeterPanel found={found} newest={newest} />
      <Columns layout="main">
        <Stack gap="loose">
          <MoneyPanel found={found} now={now} history={history.data ?? null} />
          <TermsPanel found={found} />
        </Stack>
        <Actions found={found} now={now} newest={newest} />
      </Columns>
      <HistoryPanel found={found} query={history} />
      <p>
        <small>{t('leases.one.source', { block: count(block.number), time: time(block.timestamp) })}</small>
      </p>
    </>
  )
}
