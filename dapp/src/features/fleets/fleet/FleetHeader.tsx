import type { ReactNode } from 'react'
import { Link } from '../../../app/router'
import { useConfig } from '../../../chain/context'
import type { Fleet } from '../../../chain/read/fleets'
import { useHead } from '../../../chain/useHead'
import { isOpen } from '../../../domain/saleState'
import { formatBps } from '../../../format/ratio'
import { T } from '../../../i18n/T'
import { AddressText } from '../../../ui/AddressText'
import { buttonClass } from '../../../ui/buttonClass'
import { FleetBadge } from '../../../ui/FleetBadge'
import { Stack } from '../../../ui/layout/Stack'
import { NameText } from '../../../ui/NameText'
import { Notice } from '../../../ui/Notice'
import { PageHeader } from '../../../ui/PageHeader'
import { Stat, StatRow } from '../../../ui/Stat'
import { useFigures } from '../../../ui/useFigures'
import { addressLink } from '../../../wallet/explorer'
import { useSales } from '../queries'
import { Trust } from './Trust'

/** Which fleet this is, whether it can be leased and at what price, and whose word its readings are. */
export function FleetHeader({ fleet }: { readonly fleet: Fleet }): ReactNode {
  const { t, amount, symbol, count, locale } = useFigures()
  const { explorer } = useConfig().chain
  const now = useHead()?.now() ?? 0n
  const sale = useSales().data?.sales.find((each) => each.fleetId === fleet.fleetId && isOpen(each, now))
  const { spec, token, status, unitsFree } = fleet
  return (
    <Stack>
      <PageHeader
        above={<T id="fleets.one.above" values={{ id: fleet.fleetId.toString() }} components={[<Link to="/fleets" />]} />}
        title={<NameText name={spec.model} />}
        badges={<FleetBadge status={status} />}
        lead={
          <T
            id="fleets.one.lead"
            components={[<NameText name={spec.site} />, <AddressText address={fleet.operator} href={addressLink(explorer, fleet.operator)} />]}
          />
        }
        actions={
          <>
            {sale !== undefined && (
              <Link to={`/invest/${sale.saleId}`} className={buttonClass()}>
                {t('fleets.one.buy')}
              </Link>
            )}
            {status === 'listed' && (
              <Link to={`/lease-capacity/${fleet.fleetId}`} className={buttonClass({ tone: 'accent' })}>
                {t('fleets.one.lease')}
              </Link>
            )}
          </>
        }
      />
      {status !== 'listed' && (
        <Notice tone={status === 'delisted' ? 'warn' : 'info'} role="none">
          {t(`fleets.one.${status}`)}
        </Notice>
      )}
      <StatRow size="headline">
        <Stat label={t('fleets.fact.rate')} value={amount(spec.listRate, token)} unit={symbol(token)} note={t('fleets.fact.rate.note')} />
        <Stat label={t('fleets.fact.free')} value={count(unitsFree)} unit="GPU" note={t('fleets.fact.free.note', { units: count(spec.units) })} />
        <Stat label={t('fleets.fact.target')} value={formatBps(BigInt(spec.availabilityBps), locale)} note={t('fleets.fact.target.note')} />
        <Trust fleet={fleet} />
      </StatRow>
    </Stack>
  )
}
