import type { ReactNode } from 'react'
import { Link } from '../../../app/router'
import { useViewer } from '../../../app/viewer'
import { useConfig } from '../../../chain/context'
import type { Fleet } from '../../../chain/read/fleets'
import { T } from '../../../i18n/T'
import { AddressText } from '../../../ui/AddressText'
import { AmountText } from '../../../ui/AmountText'
import { buttonClass } from '../../../ui/buttonClass'
import { FleetBadge } from '../../../ui/FleetBadge'
import { Stack } from '../../../ui/layout/Stack'
import { NameText } from '../../../ui/NameText'
import { Notice } from '../../../ui/Notice'
import { PageHeader } from '../../../ui/PageHeader'
import { Stat, StatRow } from '../../../ui/Stat'
import { NONE, useFigures } from '../../../ui/useFigures'
import { addressLink } from '../../../wallet/explorer'

/** Which fleet this is, whose, and its main figures. */
export function FleetHeading({ fleet }: { readonly fleet: Fleet }): ReactNode {
  const { t, count, money, about } = useFigures()
  const { explorer } = useConfig().chain
  const viewer = useViewer()
  const { fleetId, spec, status, operator, account, waterfall, token } = fleet
  const own = viewer.address?.toLowerCase() === operator.toLowerCase()
  return (
    <Stack>
      <PageHeader
        above={<T id="operate.fleet.above" values={{ id: `${fleetId}` }} components={[<Link to="/operate" />]} />}
        title={<NameText name={spec.model} />}
        badges={<FleetBadge status={status} />}
        lead={<T id="operate.fleet.lead" components={[<NameText name={spec.site} />, <AddressText address={operator} href={addressLink(explorer, operator)} />]} />}
        actions={
          <Link to={`/fleets/${fleetId}`} className={buttonClass()}>
            {t('operate.fleet.public')}
          </Link>
        }
      />
      {!own && (
        <Notice tone="info" role="none">
          {t('operate.fleet.notYours')}
        </Notice>
      )}
      <StatRow size="headline">
        <Stat
          label={t('operate.column.let')}
          value={t('operate.ofUnits', { part: count(account.unitsCommitted), units: count(spec.units) })}
          unit="GPU"
          note={t('operate.fleet.leases', { count: Number(account.openLeases) })}
        />
        <Stat label={t('operate.column.till')} value={<AmountText text={about(account.money.till, token)} title={money(account.money.till, token)} />} note={t('operate.money.till.note')} />
        <Stat
          label={t('operate.column.claimable')}
          value={waterfall === null ? NONE : <AmountText text={about(waterfall.fees.operator, token)} title={money(waterfall.fees.operator, token)} />}
          note={t('operate.money.claimable.note')}
        />
        <Stat label={t('operate.column.bond')} value={<AmountText text={about(account.bond, token)} title={money(account.bond, token)} />} note={t('operate.bond.note')} />
      </StatRow>
    </Stack>
  )
}
