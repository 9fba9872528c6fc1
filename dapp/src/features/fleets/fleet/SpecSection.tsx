import type { ReactNode } from 'react'
import { useConfig } from '../../../chain/context'
import type { Fleet } from '../../../chain/read/fleets'
import { formatPower } from '../../../format/energy'
import { formatBps } from '../../../format/ratio'
import { formatDuration } from '../../../format/time'
import { AddressText } from '../../../ui/AddressText'
import { DataList, type DataRow } from '../../../ui/DataList'
import { Columns } from '../../../ui/layout/Columns'
import { Panel } from '../../../ui/Panel'
import { NONE, useFigures } from '../../../ui/useFigures'
import { addressLink } from '../../../wallet/explorer'
import css from './fleet.module.css'

/** What the fleet was proposed with, which is fixed but for the rate; what its account holds; and where its contracts are. */
export function SpecSection({ fleet, block }: { readonly fleet: Fleet; readonly block: bigint }): ReactNode {
  const { t, locale, money, count, energy } = useFigures()
  const { chain, contracts } = useConfig()
  const { spec, token, account, revenue } = fleet
  const bps = (value: number): string => formatBps(BigInt(value), locale)
  const at = (address: string): ReactNode => <AddressText address={address} href={addressLink(chain.explorer, address)} />

  const terms: DataRow[] = [
    { label: t('fleets.spec.units'), value: count(spec.units) },
    { label: t('fleets.spec.rate'), value: money(spec.listRate, token), note: t('fleets.spec.rate.note') },
    { label: t('fleets.spec.power'), value: formatPower(BigInt(spec.boardWatts), locale), note: t('fleets.spec.power.note') },
    { label: t('fleets.spec.availability'), value: bps(spec.availabilityBps), note: t('fleets.spec.availability.note') },
    { label: t('fleets.spec.penalty'), value: bps(spec.penaltyBps), note: t('fleets.spec.penalty.note') },
    { label: t('fleets.spec.creditCap'), value: bps(spec.creditCapBps), note: t('fleets.spec.creditCap.note') },
    { label: t('fleets.spec.notice'), value: formatDuration(spec.notice, locale), note: t('fleets.spec.notice.note') },
  ]
  const held: DataRow[] = [
    { label: t('fleets.account.leases'), value: count(account.openLeases) },
    { label: t('fleets.account.committed'), value: count(account.unitsCommitted) },
    { label: t('fleets.account.bond'), value: money(account.bond, token), note: t('fleets.account.bond.note') },
    { label: t('fleets.account.till'), value: money(account.money.till, token), note: t('fleets.account.till.note', { energy: energy(account.money.tillWh) }) },
  ]
  const places: DataRow[] = [
    { label: t('fleets.place.currency'), value: at(spec.currency) },
    { label: t('fleets.place.operator'), value: at(fleet.operator) },
    { label: t('fleets.place.waterfall'), value: revenue === null ? NONE : at(revenue) },
    { label: 'FleetRegistry', value: at(contracts.FleetRegistry.address) },
    { label: 'CapacityLease', value: at(contracts.CapacityLease.address) },
    { label: 'MeterOracle', value: at(contracts.MeterOracle.address) },
  ]
  return (
    <div className={css.flat}>
      <Columns>
        <Panel title={t('fleets.spec.title')} intro={t('fleets.spec.intro')}>
          <DataList rows={terms} />
        </Panel>
        <Panel title={t('fleets.account.title')} intro={t('fleets.asOf', { block: count(block) })}>
          <DataList rows={held} />
        </Panel>
        <Panel title={t('fleets.place.title')}>
          <DataList rows={places} />
        </Panel>
      </Columns>
    </div>
  )
}
