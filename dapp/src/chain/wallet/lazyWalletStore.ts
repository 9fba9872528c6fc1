import { recall } from './remembered'
import type { WalletState, WalletStore, WalletStoreParts } from './walletStore'

const NOBODY: WalletState = { status: 'none', address: null, chainId: null, name: null, problem: null, ambiguous: false }

/**
 * The wallet store, whose code (wagmi) is fetched when a wallet is asked for or was connected on the last visit: who only looks around does without it.
 * Until then nobody is connected.
 */
export function lazyWalletStore(parts: Omit<WalletStoreParts, 'wagmi'>): WalletStore {
  const listeners = new Set<() => void>()
  let before = NOBODY
  let store: WalletStore | null = null
  let loading: Promise<WalletStore> | null = null

  function tell(): void {
    for (const listener of listeners) listener()
  }

  async function load(): Promise<WalletStore> {
    const [{ walletStore }, { wagmiConfig }] = await Promise.all([import('./walletStore'), import('./wagmiConfig')])
    store = walletStore({ ...parts, wagmi: wagmiConfig(parts.chain) })
    store.subscribe(tell)
    tell()
    return store
  }

  function loaded(): Promise<WalletStore> {
    loading ??= load().catch((error: unknown) => {
      loading = null
      throw error
    })
    return loading
  }

  return {
    state: () => store?.state() ?? before,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    connect: async (uuid) => {
      before = { ...NOBODY, status: 'connecting' }
      tell()
      try {
        const real = await loaded()
        // The person gave up while the code was on its way.
        if (before.status === 'connecting') await real.connect(uuid)
      } catch (error) {
        before = { ...NOBODY, problem: { code: 'wallet.failed', detail: error instanceof Error ? error.message : String(error) } }
        tell()
      }
    },
    disconnect: async () => store?.disconnect(),
    switchChain: async () => store?.switchChain(),
    giveUp: () => {
      before = NOBODY
      if (store === null) tell()
      else store.giveUp()
    },
    provider: async () => (store === null ? null : store.provider()),
    resume: async () => {
      if (recall(parts.storage) === null) return
      try {
        await (await loaded()).resume()
      } catch {
        // Its code could not be fetched: the person connects by hand, and is told then.
      }
    },
  }
}
