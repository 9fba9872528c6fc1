import { useState, type ReactNode } from 'react'
import type { PageProps } from '../../app/feature'
import { Link } from '../../app/router'
import { useViewer } from '../../app/viewer'
import { visibleName } from '../../format/name'
import { T } from '../../i18n/T'
import { useT } from '../../i18n/useT'
import { EmptyState } from '../../ui/EmptyState'
import { Columns } from '../../ui/layout/Columns'
import { Loaded } from '../../ui/Loaded'
import { Notice } from '../../ui/Notice'
import { PageHeader } from '../../ui/PageHeader'
import { useFigures } from '../../ui/useFigures'
import { useOutcome } from '../../wallet/useOutcome'
import { PlainTerms } from './PlainTerms'
import { useOffer, type Offer } from './queries'
import { QuoteForm } from './QuoteForm'

/** Quotes and opens a lease of one fleet's capacity. */
export function Page({ params }: PageProps): ReactNode {
  const t = useT()
  const typed = params['fleetId'] ?? ''
  const fleetId = /^[1-9][0-9]{0,14}$/.test(typed) ? BigInt(typed) : 0n
  const { address } = useViewer()
  const query = useOffer(fleetId, address)
  return (
    <Loaded query={query} label={t('lease-capacity.loading')} lines={8}>
      {(offer) => (offer === null ? <Unknown typed={typed} /> : <Found offer={offer} />)}
    </Loaded>
  )
}

function Unknown({ typed }: { readonly typed: string }): ReactNode {
  const t = useT()
  return (
    <>
      <PageHeader title={t('lease-capacity.unknown')} above={<Link to="/fleets">{t('lease-capacity.fleets')}</Link>} />
      <EmptyState title={t('lease-capacity.unknown.text', { text: visibleName(typed, 30) })}>
        <T id="lease-capacity.unknown.where" components={[<Link to="/fleets" />]} />
      </EmptyState>
    </>
  )
}

function Found({ offer }: { readonly offer: Offer }): ReactNode {
  const t = useT()
  const { name, money, count, time } = useFigures()
  const { fleet, block } = offer
  const [opened, setOpened] = useState<{ readonly times: number; readonly intent: string | null }>({ times: 0, intent: null })
  // A reorganisation can take the newest one back. What was taken off the list of writes stays as it was last told.
  const outcome = useOutcome(opened.intent)
  const { spec, status, token, unitsFree } = fleet
  const closed = status !== 'listed' ? status : token === null ? 'noToken' : unitsFree === 0n ? 'full' : null
  return (
    <>
      <PageHeader
        above={<Link to={`/fleets/${fleet.fleetId}`}>{t('lease-capacity.fleet', { fleet: `${fleet.fleetId}` })}</Link>}
        title={t('lease-capacity.title')}
        lead={t('lease-capacity.lead', {
          model: name(spec.model),
          site: name(spec.site),
          free: Number(unitsFree),
          all: count(spec.units),
          rate: money(spec.listRate, token),
        })}
      />
      {opened.times > 0 && (outcome === null || outcome === 'done' || outcome === 'final') && (
        <Notice tone="ok" title={t('lease-capacity.opened')}>
          <T id="lease-capacity.opened.text" components={[<Link to="/my-leases" />]} />
        </Notice>
      )}
      {closed !== null || token === null ? (
        <Notice tone="warn" role="none" title={t('lease-capacity.closed')}>
          {t(`lease-capacity.closed.${closed ?? 'noToken'}`)}
        </Notice>
      ) : (
        <QuoteForm offer={offer} token={token} opened={opened.times} onOpened={(intent) => setOpened(({ times }) => ({ times: times + 1, intent }))} />
      )}
      <Columns>
        <PlainTerms offer={offer} />
      </Columns>
      <p>
        <small>{t('lease-capacity.source', { block: count(block.number), time: time(block.timestamp) })}</small>
      </p>
    </>
  )
}
