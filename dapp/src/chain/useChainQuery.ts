import type { UseQueryResult } from '@tanstack/react-query'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useRef } from 'react'
import type { Block, Chain } from './chain'
import { useConfig } from './context'
import type { ChainFault } from './fault'
import { chainFault } from './fault'
import { ownTask } from './ownTask'
import type { KeyPart } from './queryKey'
import { useChain } from './useChain'

export type { KeyPart } from './queryKey'

export interface ChainQueryOptions {
  /** `head` (default): read again as new blocks come, at most every 2 s, and at most a third of the time. `once`: what never changes. `found`: as `head` while it is null, then as `once`. */
  readonly follow?: 'head' | 'once' | 'found'
  /** false: not read yet. */
  readonly enabled?: boolean
  /** What was read under another key stays in sight until this one's first answer; the data must then say whose it is. */
  readonly keep?: boolean
}

/** TanStack's result, and why there is none in a form that can be shown: `fault` is null as long as the last read went well. */
export type ChainQuery<T> = UseQueryResult<T> & { readonly fault: ChainFault | null }

/** What was read, and at which block. */
interface Fetched<T> {
  readonly value: T
  readonly block: Block
}

const PACE_MS = 2_000
/** What takes long to read, where strangers have made a great many of something, is read less often. */
const PACE_OF_DURATION = 2

/**
 * Reads the chain for a page: `const fleets = useChainQuery(['fleets'], readFleets)`. The key names what is read, with every argument; the chain is added to it.
 * What was read at an earlier block stays until the next reading is there.
 */
export function useChainQuery<T>(
  key: readonly KeyPart[],
  read: (chain: Chain) => Promise<T>,
  { follow = 'head', enabled = true, keep = false }: ChainQueryOptions = {},
): ChainQuery<T> {
  const config = useConfig()
  const chain = useChain()
  const queries = useQueryClient()
  const newest = useRef(chain)
  const tookMs = useRef(0)
  newest.current = chain
  const queryKey = ['chain', config.chain.id, config.contracts.CapacityLease.address, ...key]

  const query = useQuery({
    queryKey,
    queryFn: async (): Promise<Fetched<T>> => {
      await ownTask()
      const at = newest.current
      if (at === null) throw new Error('read before there was a block')
      const began = Date.now()
      const value = await read(at)
      tookMs.current = Date.now() - began
      return { value, block: at.block }
    },
    select: valueOf<T>,
    enabled: enabled && chain !== null,
    ...(keep ? { placeholderData: (before: Fetched<T> | undefined) => before } : {}),
  })

  const head = chain?.block.hash ?? null
  const { isFetching, refetch, dataUpdatedAt, errorUpdatedAt } = query
  useEffect(() => {
    if (follow === 'once' || !enabled || head === null || isFetching) return
    const fetched = queries.getQueryData<Fetched<T>>(queryKey)
    const failed = errorUpdatedAt > dataUpdatedAt
    if (follow === 'found' && fetched !== undefined && fetched.value !== null && !failed) return
    if (fetched?.block.hash === head && !failed) return
    const due = Math.max(dataUpdatedAt, errorUpdatedAt) + Math.max(PACE_MS, PACE_OF_DURATION * tookMs.current) - Date.now()
    const timer = setTimeout(() => void refetch({ cancelRefetch: false }), Math.max(0, due))
    return () => clearTimeout(timer)
    // The key is new at every render; what it names is not: refetch is the observer's own.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [follow, enabled, head, isFetching, dataUpdatedAt, errorUpdatedAt, refetch])

  const { error } = query
  const fault = useMemo(() => (error === null ? null : chainFault(error)), [error])
  return { ...query, fault }
}

function valueOf<T>({ value }: Fetched<T>): T {
  return value
}
