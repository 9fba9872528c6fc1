import { useEffect, type ReactNode } from 'react'
import { useHead } from '../../../chain/useHead'
import { useSeries } from '../../../node/useSeries'
import { loadPlot } from '../../../ui/charts/loadPlot'
import { useFleetLeases, useOracle } from '../queries'
import { FIRST_RANGE, firstEpochOf, POINTS } from './ranges'

/** Asks for all that MeasuredSection shows first while the fleet itself is still being read: one after the other it would take twice as long. Shows nothing. */
export function MeasuredAhead({ fleetId }: { readonly fleetId: bigint }): ReactNode {
  const clock = useOracle().data
  const now = useHead()?.now() ?? 0n
  useFleetLeases(fleetId)
  useSeries(fleetId, clock === undefined ? null : firstEpochOf(FIRST_RANGE, now, clock), clock?.headEpoch ?? 0n, POINTS)
  // Whoever draws says that it failed.
  useEffect(() => void loadPlot().catch(() => undefined), [])
  return null
}
