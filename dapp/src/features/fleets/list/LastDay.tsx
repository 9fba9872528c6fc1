import { useMemo, type ReactNode } from 'react'
import { totalsOf } from '../../../domain/meter/figures'
import type { EpochClock } from '../../../domain/meter/let'
import { busyShares } from '../../../domain/meter/shares'
import { slotsOf, type Slot } from '../../../domain/meter/slots'
import { ppmDown } from '../../../format/ratio'
import { useSeries } from '../../../node/useSeries'
import { Badge } from '../../../ui/Badge'
import { MeterBar, type MeterPart } from '../../../ui/charts/MeterBar'
import { Sparkline } from '../../../ui/charts/Sparkline'
import { Cluster } from '../../../ui/layout/Cluster'
import { useFigures, type Figures } from '../../../ui/useFigures'
import { firstEpochOf } from '../measured/ranges'
import { TrustBadge } from '../parts/TrustBadge'
import css from './list.module.css'

export interface DayClock extends EpochClock {
  readonly headEpoch: bigint
}

interface LastDayProps {
  readonly fleetId: bigint
  readonly units: bigint
  readonly clock: DayClock | null
  readonly now: bigint | null
}

const POINTS = 48

/** The last day of a fleet's readings, the size of a cell: busy over time, what the day was made of, and whose word it is. */
export function LastDay({ fleetId, units, clock, now }: LastDayProps): ReactNode {
  const shown = useFigures()
  const { t } = shown
  const first = clock === null || now === null ? null : firstEpochOf('day', now, clock)
  const { data, error } = useSeries(fleetId, first, clock?.headEpoch ?? 0n, POINTS)
  const slots = useMemo(() => (data === undefined ? [] : slotsOf(data.value.buckets, units, [])), [data, units])
  if (data === undefined) {
    return error === null ? (
      <span className={css.quiet} role="status">
        {t('fleets.day.loading')}
      </span>
    ) : (
      <Badge tone="bad">{t('fleets.day.failed')}</Badge>
    )
  }
  const level = slots.findLast(({ trustLevel }) => trustLevel !== null)?.trustLevel ?? null
  if (level === null) return <span className={css.quiet}>{t('fleets.day.none')}</span>
  return <Day slots={slots} level={level} shown={shown} />
}

function Day({ slots, level, shown }: { readonly slots: readonly Slot[]; readonly level: number; readonly shown: Figures }): ReactNode {
  const { t, ppm } = shown
  const totals = totalsOf(slots)
  const busy = ppm(ppmDown(totals.busy, totals.capacity))
  const part = (key: string, amount: bigint, colour: MeterPart['colour']): MeterPart => {
    const share = ppmDown(amount, totals.capacity) ?? 0n
    return { key, label: t(`fleets.part.${key}`), share: Number(share) / 1e6, text: ppm(share), colour }
  }
  // What was let is not asked for here: measured and not delivered is out of order or not let.
  const parts = [
    part('busy', totals.busy, 'busy'),
    part('idle', totals.delivered - totals.busy, 'idle'),
    part('undelivered', totals.unlet + totals.outage, 'unlet'),
    part('missing', totals.missing, 'missing'),
  ]
  return (
    <div className={css.day}>
      <Sparkline label={t('fleets.day.spark', { share: busy })} values={busyShares(slots)} range={[0, 1]} />
      <MeterBar label={t('fleets.day.bar')} parts={parts} legend={false} />
      <Cluster>
        <span className={css.under}>{t('fleets.day.busy', { share: busy })}</span>
        <TrustBadge level={level} />
      </Cluster>
    </div>
  )
}
