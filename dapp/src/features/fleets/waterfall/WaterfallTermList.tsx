import type { ReactNode } from 'react'
import { useConfig } from '../../../chain/context'
import type { Waterfall } from '../../../chain/read/revenue'
import { formatBps } from '../../../format/ratio'
import { formatDuration } from '../../../format/time'
import { AddressText } from '../../../ui/AddressText'
import { DataList, type DataRow } from '../../../ui/DataList'
import { Columns } from '../../../ui/layout/Columns'
import { useFigures } from '../../../ui/useFigures'
import { addressLink } from '../../../wallet/explorer'

/** The terms a waterfall pays by, which nobody can change, and what stands in it now. */
export function WaterfallTermList({ waterfall }: { readonly waterfall: Waterfall }): ReactNode {
  const { t, locale, money, time } = useFigures()
  const { explorer } = useConfig().chain
  const { terms, token, fees, reserve } = waterfall
  const bps = (value: number): string => formatBps(BigInt(value), locale)
  const ofRent = (value: number): string => t('fleets.terms.ofRent', { share: bps(value) })
  const payee = (address: string): ReactNode => <AddressText address={address} href={addressLink(explorer, address)} />
  const rows: DataRow[] = [
    { label: t('fleets.terms.period'), value: formatDuration(terms.period, locale, 'long') },
    { label: t('fleets.terms.next'), value: time(waterfall.nextDistributionAt), note: t('fleets.terms.next.note') },
    { label: t('fleets.terms.protocol'), value: ofRent(terms.protocolFeeBps), note: payee(terms.protocolTreasury) },
    { label: t('fleets.terms.oracle'), value: ofRent(terms.oracleFeeBps), note: payee(terms.oracleTreasury) },
    { label: t('fleets.terms.energy'), value: t('fleets.terms.energy.text', { tariff: money(terms.tariffPerKWh, token), cap: bps(terms.energyCapBps) }) },
    { label: t('fleets.terms.operator'), value: ofRent(terms.operatorFeeBps) },
  ]
  const held: DataRow[] = [
    { label: t('fleets.terms.reserve'), value: money(reserve, token), note: t('fleets.terms.reserve.note', { target: money(terms.reserveTarget, token) }) },
    { label: t('fleets.terms.held.protocol'), value: money(fees.protocol, token) },
    { label: t('fleets.terms.held.oracle'), value: money(fees.oracle, token) },
    { label: t('fleets.terms.held.operator'), value: money(fees.operator, token), note: t('fleets.terms.held.operator.note') },
  ]
  return (
    <Columns>
      <DataList rows={rows} />
      <DataList rows={held} layout="ledger" />
    </Columns>
  )
}
