import { type ReactNode, useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import { useConfig } from '../context'
import { discover } from './discovery'
import { lazyWalletStore } from './lazyWalletStore'
import { useAccountKind } from './useAccountKind'
import { type AnnouncedWallet, type Wallet, WalletContext, WalletsContext } from './useWallet'
import { WalletStoreContext } from './useWalletStore'

/** Gives the tree below `useWallet` and `useWallets`; needs a ChainProvider above it, whose first configuration stays. */
export function WalletProvider({ children }: { readonly children: ReactNode }): ReactNode {
  const { chain } = useConfig()
  const [{ store, discovery }] = useState(() => {
    const heard = discover(window)
    return { discovery: heard, store: lazyWalletStore({ chain, discovery: heard, storage: storageOf(window) }) }
  })
  const state = useSyncExternalStore(store.subscribe, store.state)
  const announced = useSyncExternalStore(discovery.subscribe, discovery.announced)
  const kind = useAccountKind(state.address)
  useEffect(() => void store.resume(), [store])

  const wallet = useMemo<Wallet>(
    () => ({
      ...state,
      kind,
      onChain: state.chainId === chain.id,
      connect: store.connect,
      disconnect: store.disconnect,
      switchChain: store.switchChain,
      giveUp: store.giveUp,
    }),
    [state, kind, store, chain.id],
  )
  const wallets = useMemo<readonly AnnouncedWallet[]>(() => announced.map((each) => each.wallet), [announced])
  return (
    <WalletStoreContext value={store}>
      <WalletsContext value={wallets}>
        <WalletContext value={wallet}>{children}</WalletContext>
      </WalletsContext>
    </WalletStoreContext>
  )
}

function storageOf(window: Window): Storage | null {
  try {
    return window.localStorage
  } catch {
    return null // the browser keeps nothing for this page
  }
}
