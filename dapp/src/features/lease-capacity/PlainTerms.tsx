import type { ReactNode } from 'react'
import { runwayTail } from '../../domain/lease/runway'
import { trustText } from '../../domain/trust'
import { useT } from '../../i18n/useT'
import { useTrustLevel } from '../../node/useTrustLevel'
import { Panel } from '../../ui/Panel'
import css from '../../ui/prose.module.css'
import { useFigures } from '../../ui/useFigures'
import type { Offer } from './queries'

/** The terms that a lease keeps, and what happens when its escrow runs low, in sentences. */
export function PlainTerms({ offer: { fleet, oracle } }: { readonly offer: Offer }): ReactNode {
  const t = useT()
  const { bps, span } = useFigures()
  const { level } = useTrustLevel(fleet.fleetId, oracle.headEpoch)
  const { availabilityBps, penaltyBps, creditCapBps, notice } = fleet.spec
  const said = (id: string, text: string): ReactNode => (
    <p key={id}>
      <strong>{t(`lease-capacity.terms.${id}`)}</strong> {text}
    </p>
  )
  return (
    <>
      <Panel title={t('lease-capacity.terms.title')} intro={t('lease-capacity.terms.intro')}>
        <div className={css.plain}>
          {said('paid', t('lease-capacity.terms.paid.text'))}
          {said('availability', t('lease-capacity.terms.availability.text', { share: bps(availabilityBps) }))}
          {said('penalty', t('lease-capacity.terms.penalty.text', { share: bps(penaltyBps), cap: bps(creditCapBps) }))}
          {said('end', t('lease-capacity.terms.end.text'))}
        </div>
      </Panel>
      <Panel title={t('lease-capacity.low.title')} intro={t('lease-capacity.low.intro')}>
        <div className={css.plain}>
          {said('runway', t('lease-capacity.terms.runway.text', { time: span(runwayTail(notice, oracle)), notice: span(notice) }))}
          {said('suspended', t('lease-capacity.terms.suspended.text'))}
          {said('notice', t('lease-capacity.terms.notice.text', { notice: span(notice) }))}
          {said('trust', level === null ? t('lease-capacity.trust.none') : t('lease-capacity.trust.newest', { meaning: t('ui.trust.said', { level: `${level}`, meaning: t(trustText(level)) }) }))}
        </div>
      </Panel>
    </>
  )
}
