import { createContext, useCallback, useContext, useSyncExternalStore } from 'react'
import type { WritesRuntime } from '../chain/write/runtime/writes'
import type { Queue } from '../queue/entry'

/** The lazy part of writes: null until something was stored or begun. */
export interface RuntimeHandle {
  readonly runtime: WritesRuntime | null
}

export const RuntimeContext = createContext<RuntimeHandle>({ runtime: null })

const EMPTY: Queue = { entries: [] }

export function useRuntime(): WritesRuntime | null {
  return useContext(RuntimeContext).runtime
}

/** The queue as it changes; empty while its code is not loaded. */
export function useQueue(): Queue {
  const runtime = useRuntime()
  const subscribe = useCallback((listener: () => void) => runtime?.store.subscribe(listener) ?? (() => undefined), [runtime])
  return useSyncExternalStore(subscribe, () => runtime?.store.queue() ?? EMPTY)
}
