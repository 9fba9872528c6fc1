import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { startTransition, useEffect, useState } from 'react'
import type { Config } from '../config/schema'
import { checkDeployment, wrongChains } from './checkDeployment'
import type { Deployment } from './deployment'
import { DeploymentContext, ConfigContext, WatchContext } from './context'
import { hashKey } from './queryKey'
import type { Watched } from './watch'
import { unwatched, watchChain } from './watch'

interface ChainProviderProps {
  readonly config: Config
  readonly children: ReactNode
}

const CHECKING: Deployment = { state: 'checking' }
const RECHECK_MS = 4_000

/**
 * Connects the tree below to the chain of a configuration, which it keeps: follows heads, checks the deployment, holds the query cache. Children are shown
 * at once.
 */
export function ChainProvider({ config, children }: ChainProviderProps): ReactNode {
  const [queries] = useState(newQueryClient)
  const [watched, setWatched] = useState(() => unwatched(config))
  useEffect(() => {
    const watch = watchChain(config)
    // A head concerns the whole page: drawing it may wait for a key or a click.
    const unsubscribe = watch.subscribe(() => startTransition(() => setWatched(watch.state())))
    return () => {
      unsubscribe()
      watch.stop()
    }
  }, [config])
  const deployment = useChecked(config, watched)

  return (
    <QueryClientProvider client={queries}>
      <ConfigContext value={config}>
        <WatchContext value={watched}>
          <DeploymentContext value={deployment}>{children}</DeploymentContext>
        </WatchContext>
      </ConfigContext>
    </QueryClientProvider>
  )
}

/** The deployment as the RPC in use has it: checked anew when that is another one. */
function useChecked(config: Config, { chain, rpcs }: Watched): Deployment {
  const [checked, setChecked] = useState<{ readonly rpc: string; readonly found: Deployment } | null>(null)
  const [attempt, setAttempt] = useState(0)
  const rpc = chain?.rpc ?? null
  const known = checked !== null && checked.rpc === rpc

  useEffect(() => {
    if (chain === null || known) return
    let current = true
    let again: ReturnType<typeof setTimeout> | undefined
    checkDeployment(chain).then(
      (found) => current && setChecked({ rpc: chain.rpc, found }),
      () => {
        if (current) again = setTimeout(() => setAttempt((count) => count + 1), RECHECK_MS)
      },
    )
    return () => {
      current = false
      clearTimeout(again)
    }
    // Not for every block: code does not change, and what fails is tried again by `attempt`.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [rpc, known, attempt])

  return wrongChains(config.chain.id, rpcs) ?? (known ? checked.found : CHECKING)
}

function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: { queries: { queryKeyHashFn: hashKey, staleTime: Infinity, retry: 2, networkMode: 'always', refetchOnWindowFocus: false } },
  })
}
