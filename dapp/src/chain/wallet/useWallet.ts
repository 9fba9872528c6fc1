import { createContext, useContext } from 'react'
import type { Address } from 'viem'

/** What stands at the account's address: nothing, an EIP-7702 delegation, or a contract's code. Unknown until it was read. */
export type AccountKind = 'eoa' | 'delegated' | 'contract' | 'unknown'

/** A wallet as it announced itself (EIP-6963). Everything but `uuid` is what a stranger wrote: show `name` by visibleName. */
export interface AnnouncedWallet {
  /** Its own in this page load; two wallets that claim one rdns differ in it. */
  readonly uuid: string
  readonly rdns: string
  readonly name: string
  /** A data: image of a kind that runs nothing, or null. */
  readonly icon: string | null
  /** Another announced wallet claims the same rdns: one of them is not what it says. */
  readonly shared: boolean
}

export type WalletProblem =
  /** The person said no. */
  | { readonly code: 'wallet.rejected' }
  /** A request of the same kind is open in the wallet already. */
  | { readonly code: 'wallet.busy' }
  /** It gave no account. */
  | { readonly code: 'wallet.noAccount' }
  /** It does not know the chain and would not add it: the person adds it by hand. */
  | { readonly code: 'wallet.addChainByHand' }
  | { readonly code: 'wallet.failed'; readonly detail: string }

export interface Wallet {
  readonly status: 'none' | 'connecting' | 'connected'
  readonly address: Address | null
  /** The chain the wallet stands on; null while none is connected. */
  readonly chainId: number | null
  readonly name: string | null
  readonly kind: AccountKind
  /** Connected and on the configured chain. */
  readonly onChain: boolean
  /** The last thing that went wrong; null once something went right. */
  readonly problem: WalletProblem | null
  /** On the last visit a wallet was connected of which more than one now claims the name, so none was connected by itself. */
  readonly ambiguous: boolean
  /** Asks the wallet to connect. Never rejects: see `problem`. */
  readonly connect: (uuid: string) => Promise<void>
  readonly disconnect: () => Promise<void>
  /** Asks the wallet to change to the configured chain, adding it where it must. Never rejects: see `problem`. */
  readonly switchChain: () => Promise<void>
  /** Stops waiting for a wallet that does not answer. */
  readonly giveUp: () => void
}

/** Filled by `WalletProvider`. */
export const WalletContext = createContext<Wallet | null>(null)
export const WalletsContext = createContext<readonly AnnouncedWallet[]>([])

export function useWallet(): Wallet {
  const wallet = useContext(WalletContext)
  if (wallet === null) throw new Error('useWallet needs a WalletProvider above it')
  return wallet
}

/** The wallets that announced themselves, in the order of their announcements. */
export function useWallets(): readonly AnnouncedWallet[] {
  return useContext(WalletsContext)
}
