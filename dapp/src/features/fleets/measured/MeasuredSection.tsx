import { useMemo, useState, type ReactNode } from 'react'
import type { Fleet } from '../../../chain/read/fleets'
import type { Oracle } from '../../../chain/read/oracle'
import { useHead } from '../../../chain/useHead'
import { slotsOf, upToHead } from '../../../domain/meter/slots'
import { useSeries } from '../../../node/useSeries'
import { EmptyState } from '../../../ui/EmptyState'
import { Loaded } from '../../../ui/Loaded'
import { Panel } from '../../../ui/Panel'
import { useFigures } from '../../../ui/useFigures'
import { useFleetLeases, useOracle } from '../queries'
import { Charts } from './Charts'
import { MeasuredFigures } from './MeasuredFigures'
import { RangeChoice } from './RangeChoice'
import { FIRST_RANGE, firstEpochOf, POINTS, type Range } from './ranges'
import { Source } from './Source'

/** Of the charts while they are fetched, so that nothing jumps. */
const HEIGHT = 560

/** What the fleet's meter saw over time. */
export function MeasuredSection({ fleet }: { readonly fleet: Fleet }): ReactNode {
  const { t } = useFigures()
  const [range, setRange] = useState<Range>(FIRST_RANGE)
  const oracle = useOracle()
  return (
    <Panel title={t('fleets.measured.title')} intro={t('fleets.measured.intro')} actions={<RangeChoice range={range} onRange={setRange} />}>
      <Loaded query={oracle} label={t('fleets.measured.loading')} lines={8}>
        {(clock) => <Measured fleet={fleet} range={range} oracle={clock} />}
      </Loaded>
    </Panel>
  )
}

function Measured({ fleet, range, oracle }: { readonly fleet: Fleet; readonly range: Range; readonly oracle: Oracle }): ReactNode {
  const { t } = useFigures()
  const now = useHead()?.now() ?? 0n
  const leases = useFleetLeases(fleet.fleetId)
  const series = useSeries(fleet.fleetId, firstEpochOf(range, now, oracle), oracle.headEpoch, POINTS)
  const buckets = series.data?.value.buckets
  const let_ = leases.data?.let
  const { units } = fleet.spec
  const { genesis, epochLength } = oracle
  // While a newer report is asked for, what is shown is not behind.
  const head = series.asking ? 0n : oracle.headEpoch
  const slots = useMemo(
    () => (buckets === undefined || let_ === undefined ? undefined : upToHead(slotsOf(buckets, units, let_), { genesis, epochLength }, head)),
    [buckets, let_, units, genesis, epochLength, head],
  )
  const fault = series.error?.fault ?? leases.fault
  const refetch = (): void => {
    if (series.error !== null) series.again()
    if (leases.fault !== null) void leases.refetch()
  }
  return (
    <Loaded query={{ data: slots, fault, isFetching: series.asking || leases.isFetching, refetch }} label={t('fleets.measured.loading')} height={HEIGHT}>
      {(shown) =>
        shown.length === 0 ? (
          <EmptyState title={t('fleets.measured.none')}>{t('fleets.measured.none.text')}</EmptyState>
        ) : (
          <>
            <MeasuredFigures slots={shown} fleet={fleet} />
            <Charts slots={shown} fleet={fleet} />
            {series.data !== undefined && <Source slots={shown} from={series.data} oracle={oracle} />}
          </>
        )
      }
    </Loaded>
  )
}
