import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useConfig } from '../chain/context'
import type { SeriesModel } from './answers'
import type { FromNode, NodeError } from './fault'
import { readSeries } from './read'
import { NodeRefused } from './refused'

/** A fleet's series as the first node that answered well tells it, or why there is none. */
export interface SeriesQuery {
  readonly data: FromNode<SeriesModel> | undefined
  readonly error: NodeError | null
  readonly asking: boolean
  readonly again: () => void
}

/**
 * A fleet's meter from `firstEpoch` on, in at most `points` buckets; asked again when a newer report stands (`headEpoch`). Not asked while `firstEpoch` is
 * null: it is made of the chain's time, which is not known at once.
 */
export function useSeries(fleetId: bigint, firstEpoch: bigint | null, headEpoch: bigint, points: number): SeriesQuery {
  const config = useConfig()
  const query = useQuery({
    queryKey: ['node', config.nodes, 'series', fleetId, firstEpoch, headEpoch, points],
    queryFn: async ({ signal }) => {
      const said = await readSeries(config, fleetId, { points, ...(firstEpoch === null ? {} : { firstEpoch }) }, { signal })
      if (!said.ok) throw new NodeRefused(said.error)
      return said.value
    },
    enabled: firstEpoch !== null,
    placeholderData: keepPreviousData,
    retry: 1,
  })
  const { data, error, isFetching, refetch } = query
  return { data, error: error instanceof NodeRefused ? error.error : null, asking: isFetching, again: () => void refetch() }
}
