import type { ReactNode } from 'react'
import type { FleetSummary } from '../../../chain/read/fleets'
import { ppmDown } from '../../../format/ratio'
import { Stat, StatRow } from '../../../ui/Stat'
import { useFigures } from '../../../ui/useFigures'
import { totalsOf } from './rows'

/** The sums of all fleets, as the chain has them now. */
export function Totals({ fleets }: { readonly fleets: readonly FleetSummary[] }): ReactNode {
  const { t, count, ppm } = useFigures()
  const totals = totalsOf(fleets)
  return (
    <StatRow size="headline">
      <Stat label={t('fleets.totals.listed')} value={count(totals.listed)} note={t('fleets.totals.others', { count: totals.others })} />
      <Stat label={t('fleets.totals.units')} value={count(totals.units)} unit="GPU" note={t('fleets.totals.units.note')} />
      <Stat
        label={t('fleets.totals.let')}
        value={count(totals.let)}
        unit="GPU"
        note={t('fleets.totals.let.note', { share: ppm(ppmDown(totals.let, totals.units)) })}
      />
      <Stat label={t('fleets.totals.free')} value={count(totals.free)} unit="GPU" note={t('fleets.totals.free.note')} />
      <Stat label={t('fleets.totals.leases')} value={count(totals.openLeases)} note={t('fleets.totals.leases.note')} />
    </StatRow>
  )
}
