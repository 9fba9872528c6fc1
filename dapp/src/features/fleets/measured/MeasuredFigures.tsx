import type { ReactNode } from 'react'
import type { Fleet } from '../../../chain/read/fleets'
import { figuresOf, totalsOf } from '../../../domain/meter/figures'
import type { Slot } from '../../../domain/meter/slots'
import { formatPower } from '../../../format/energy'
import { formatBps } from '../../../format/ratio'
import { Stat, StatRow } from '../../../ui/Stat'
import { NONE, useFigures } from '../../../ui/useFigures'

/** The whole range in figures: shares of sums over the time the node knows of. */
export function MeasuredFigures({ slots, fleet }: { readonly slots: readonly Slot[]; readonly fleet: Fleet }): ReactNode {
  const { t, ppm, hours, locale, energy, count } = useFigures()
  const totals = totalsOf(slots)
  const figures = figuresOf(totals)
  const perHour = (wh: bigint | undefined): string => (wh === undefined ? NONE : count(wh))
  return (
    <StatRow>
      <Stat
        label={t('fleets.figure.busy')}
        value={ppm(figures.busyOfCapacity)}
        note={figures.busyOfDelivered === undefined ? t('fleets.figure.busy.none') : t('fleets.figure.busy.note', { share: ppm(figures.busyOfDelivered) })}
      />
      <Stat
        label={t('fleets.figure.delivered')}
        value={hours(totals.delivered)}
        unit="GPU-h"
        note={t('fleets.figure.delivered.note', { share: ppm(figures.deliveredOfCapacity) })}
      />
      <Stat
        label={t('fleets.figure.availability')}
        value={ppm(figures.availability, 2)}
        note={t('fleets.figure.availability.note', { target: formatBps(BigInt(fleet.spec.availabilityBps), locale) })}
      />
      <Stat label={t('fleets.figure.outage')} value={hours(totals.outage)} unit="GPU-h" note={t('fleets.figure.outage.note')} />
      <Stat
        label={t('fleets.figure.missing')}
        value={hours(totals.missing)}
        unit="GPU-h"
        note={t('fleets.figure.missing.note', { share: ppm(figures.missingOfCapacity) })}
      />
      <Stat
        label={t('fleets.figure.power')}
        value={figures.meanWatts === undefined ? NONE : formatPower(figures.meanWatts, locale)}
        note={t('fleets.figure.power.note', { energy: energy(totals.energyWh) })}
      />
      <Stat
        label={t('fleets.figure.efficiency')}
        value={perHour(figures.whPerDeliveredHour)}
        {...(figures.whPerDeliveredHour === undefined ? {} : { unit: 'Wh' })}
        note={
          figures.whPerDeliveredHour === undefined
            ? t('fleets.figure.efficiency.none')
            : t('fleets.figure.efficiency.note', { busy: perHour(figures.whPerBusyHour) })
        }
      />
    </StatRow>
  )
}
