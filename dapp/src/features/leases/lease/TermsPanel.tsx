import type { ReactNode } from 'react'
import { useConfig } from '../../../chain/context'
import { leasePrice } from '../../../format/leasePrice'
import { useT } from '../../../i18n/useT'
import { AddressText } from '../../../ui/AddressText'
import { AmountText } from '../../../ui/AmountText'
import { DataList } from '../../../ui/DataList'
import { HashText } from '../../../ui/HashText'
import { Panel } from '../../../ui/Panel'
import { TimeText } from '../../../ui/TimeText'
import { NONE, useFigures } from '../../../ui/useFigures'
import { addressLink } from '../../../wallet/explorer'
import { FleetLink } from '../parts/FleetLink'
import type { OneLease } from '../queries'

/** What the lease was opened at; none of it changes, but for an early stop. */
export function TermsPanel({ found }: { readonly found: OneLease }): ReactNode {
  const t = useT()
  const { money, count, time, span, bps } = useFigures()
  const { explorer } = useConfig().chain
  const { lease, fleet } = found
  const { terms, state, account, holder } = lease
  const token = fleet?.token ?? null
  const price = leasePrice(terms)
  const at = (moment: bigint): ReactNode => <TimeText at={moment} text={time(moment)} />
  return (
    <Panel title={t('leases.terms.title')} intro={t('leases.terms.intro')}>
      <DataList
        rows={[
          { label: t('leases.fleet'), value: <FleetLink fleetId={terms.fleetId} fleet={fleet} /> },
          { label: t('leases.tenant'), value: holder === null ? NONE : <AddressText address={holder} href={addressLink(explorer, holder)} /> },
          { label: t('leases.units'), value: count(terms.units) },
          { label: t('leases.terms.start'), value: at(terms.start) },
          { label: t('leases.terms.end'), value: at(terms.end), note: span(price.seconds) },
          ...(state.stop > 0n ? [{ label: t('leases.terms.stop'), value: at(state.stop), note: t('leases.terms.stop.note') }] : []),
          { label: t('leases.terms.rate'), value: <AmountText text={money(terms.rate, token)} />, note: t('leases.terms.rate.note') },
          { label: t('leases.terms.perHour'), value: <AmountText text={money(price.perHour, token)} /> },
          { label: t('leases.terms.total'), value: <AmountText text={money(price.totalDown, token)} />, note: t('leases.terms.total.note') },
          { label: t('leases.terms.availability'), value: bps(account.availabilityBps), note: t('leases.terms.availability.note') },
          { label: t('leases.terms.penalty'), value: bps(state.penaltyBps), note: t('leases.terms.penalty.note') },
          { label: t('leases.terms.cap'), value: bps(state.creditCapBps), note: t('leases.terms.cap.note') },
          { label: t('leases.terms.notice'), value: span(state.notice), note: t('leases.terms.notice.note') },
          { label: t('leases.terms.watts'), value: t('leases.watts', { watts: count(state.boardWatts) }), note: t('leases.terms.watts.note') },
          { label: t('leases.terms.meter'), value: <HashText hash={`0x${lease.meterId.toString(16).padStart(64, '0')}`} /> },
        ]}
      />
    </Panel>
  )
}
