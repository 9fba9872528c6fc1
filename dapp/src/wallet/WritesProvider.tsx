import { type ReactNode, Suspense, lazy, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { useConfig, useDeployment } from '../chain/context'
import { useChain } from '../chain/useChain'
import { useHead } from '../chain/useHead'
import { useWallet } from '../chain/wallet/useWallet'
import { useWalletStore } from '../chain/wallet/useWalletStore'
import { WalletProvider } from '../chain/wallet/WalletProvider'
import type { WritesRuntime } from '../chain/write/runtime/writes'
import { type WritesAllowed, WritesContext } from '../chain/write/useWrite'
import type { Write } from '../chain/write/write'
import { FRAMED } from '../config/frame'
import { loadScopes } from '../i18n/scopes'
import { useT } from '../i18n/useT'
import { ErrorBoundary } from '../ui/ErrorBoundary'
import { Notice } from '../ui/Notice'
import { allowedBy } from './allowed'
import { RuntimeContext } from './useRuntime'
import { useWatching } from './useWatching'

const WriteDialog = lazy(() => import('./WriteDialog').then(({ WriteDialog: dialog }) => ({ default: dialog })))

const TICK_MS = 1_000
/** A transaction is also looked after where no block comes: that is how one that was dropped is found. */
const LOOK_MS = 5_000

/** The wallet and what is written with it: gives `useWallet`, `useWallets`, `useWrite` and `useWritesAllowed` to the tree below. Needs a ChainProvider above. */
export function WritesProvider({ children }: { readonly children: ReactNode }): ReactNode {
  return (
    <WalletProvider>
      <Writes>{children}</Writes>
    </WalletProvider>
  )
}

function Writes({ children }: { readonly children: ReactNode }): ReactNode {
  const t = useT()
  const allowed = useAllowed()
  const { runtime, load, failed } = useLoadedRuntime(allowed)
  const [open, setOpen] = useState<{ readonly write: Write; readonly key: number } | null>(null)
  const start = useCallback(
    (write: Write) => {
      setOpen((before) => ({ write, key: (before?.key ?? 0) + 1 }))
      load()
    },
    [load],
  )
  const writes = useMemo(() => ({ start, allowed }), [start, allowed])
  const handle = useMemo(() => ({ runtime }), [runtime])
  const close = useCallback(() => setOpen(null), [])
  useDriven(runtime)

  return (
    <WritesContext value={writes}>
      <RuntimeContext value={handle}>
        {children}
        {failed && open !== null && <Notice tone="error">{t('wallet.notLoaded')}</Notice>}
        <ErrorBoundary resetKey={`${open?.key}`} fallback={() => <Notice tone="error">{t('wallet.notLoaded')}</Notice>}>
          <Suspense fallback={null}>
            {open !== null && runtime !== null && <WriteDialog key={open.key} write={open.write} runtime={runtime} onClose={close} />}
          </Suspense>
        </ErrorBoundary>
      </RuntimeContext>
    </WritesContext>
  )
}

/** Loads the code that drives writes: at once where something was stored on an earlier visit, else with the first write. */
function useLoadedRuntime(allowed: WritesAllowed): { readonly runtime: WritesRuntime | null; readonly load: () => void; readonly failed: boolean } {
  const { chain } = useConfig()
  const wallet = useWalletStore()
  const now = { chain: useChain(), head: useHead(), allowed }
  const current = useRef(now)
  current.current = now
  const [runtime, setRuntime] = useState<WritesRuntime | null>(null)
  const [failed, setFailed] = useState(false)
  const begun = useRef(false)

  const load = useCallback(() => {
    if (begun.current) return
    begun.current = true
    setFailed(false)
    const parts = {
      chain,
      wallet,
      reader: () => current.current.chain?.client ?? null,
      now: () => current.current.head?.now() ?? null,
      mayWrite: () => current.current.allowed.ok,
    }
    Promise.all([import('../chain/write/runtime/pageWrites'), loadScopes(['chain/write'])]).then(
      ([{ pageWrites }]) => setRuntime(pageWrites(parts)),
      () => {
        begun.current = false
        setFailed(true)
      },
    )
  }, [chain, wallet])
  useEffect(() => {
    if (hasStored()) load()
  }, [load])
  return { runtime, load, failed }
}

/** Tells the writes of heads, time and the wallet. */
function useDriven(runtime: WritesRuntime | null): void {
  const head = useHead()
  const { address, chainId } = useWallet()
  const number = head?.number ?? null
  const hash = head?.hash ?? null
  useEffect(() => {
    if (number !== null) void runtime?.head(number)
  }, [runtime, number, hash])
  useEffect(() => {
    runtime?.walletChanged(chainId, address)
  }, [runtime, address, chainId])
  useEffect(() => {
    if (runtime === null) return
    const tick = setInterval(runtime.tick, TICK_MS)
    const look = setInterval(() => {
      if (number !== null) void runtime.head(number)
    }, LOOK_MS)
    return () => {
      clearInterval(tick)
      clearInterval(look)
    }
  }, [runtime, number])
}

function useAllowed(): WritesAllowed {
  const watching = useWatching()
  const { status, onChain } = useWallet()
  const deployment = useDeployment().state
  const lost = useHead()?.state === 'lost'
  return useMemo(() => allowedBy({ framed: FRAMED, watching, connected: status === 'connected', deployment, onChain, lost }), [watching, status, onChain, deployment, lost])
}

function hasStored(): boolean {
  try {
    return Array.from({ length: localStorage.length }, (_, place) => localStorage.key(place)).some((key) => key?.startsWith('wellhead.write.'))
  } catch {
    return false
  }
}
