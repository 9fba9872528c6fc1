import { useWatched } from './context'
import type { Head, RpcStatus } from './head'
import type { HistorySource } from './history/events'

/** The newest head; null until there is one. Its own `now()` is the chain's time. */
export function useHead(): Head | null {
  return useWatched().head
}

/** Every RPC as last seen, also before there is a head. */
export function useRpcs(): readonly RpcStatus[] {
  return useWatched().rpcs
}

/** Where history was last read from; null before it was. */
export function useHistorySource(): HistorySource | null {
  return useWatched().historySource
}
