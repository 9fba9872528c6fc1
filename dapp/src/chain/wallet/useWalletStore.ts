import { createContext, useContext } from 'react'
import type { WalletStore } from './walletStore'

/** Filled by `WalletProvider`. */
export const WalletStoreContext = createContext<WalletStore | null>(null)

/** The wallet behind `useWallet`, for what speaks to its provider. */
export function useWalletStore(): WalletStore {
  const store = useContext(WalletStoreContext)
  if (store === null) throw new Error('useWalletStore needs a WalletProvider above it')
  return store
}
