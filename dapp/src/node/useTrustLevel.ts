import { useQuery } from '@tanstack/react-query'
import { useConfig } from '../chain/context'
import { newestEpochs, newestTrust } from '../domain/trust'
import type { NodeError } from './fault'
import { readSeries } from './read'
import { NodeRefused } from './refused'

const AGAIN_MS = 15_000

export interface TrustLevel {
  /** 0 to 4; null where no reading is known, yet or at all. */
  readonly level: number | null
  /** Why no node told; null while one is asked, or did. */
  readonly error: NodeError | null
  readonly asked: boolean
}

/** The trust level of a fleet's newest readings by a node's word, asked again with each newer report (`headEpoch`), and after a failure. */
export function useTrustLevel(fleetId: bigint | null, headEpoch: bigint | undefined): TrustLevel {
  const config = useConfig()
  const { data, error } = useQuery({
    queryKey: ['node', config.nodes, 'trust', fleetId, headEpoch],
    queryFn: async ({ signal }) => {
      const said = await readSeries(config, fleetId ?? 0n, newestEpochs(headEpoch ?? 0n), { signal })
      if (!said.ok) throw new NodeRefused(said.error)
      return newestTrust(said.value.value.buckets)
    },
    enabled: fleetId !== null && headEpoch !== undefined && headEpoch > 0n,
    // Of the same fleet an older report's level stays while the newer one's is asked for.
    placeholderData: (before, query) => (query?.queryKey[3] === fleetId ? before : undefined),
    refetchInterval: ({ state }) => (state.status === 'error' ? AGAIN_MS : false),
    retry: 1,
  })
  return { level: data ?? null, error: error instanceof NodeRefused ? error.error : null, asked: data !== undefined || headEpoch === 0n }
}
