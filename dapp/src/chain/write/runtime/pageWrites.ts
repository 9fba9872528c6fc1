import { createClient, getAddress, http } from 'viem'
import type { ChainConfig } from '../../../config/schema'
import { kindAt } from '../../wallet/accountKind'
import type { WalletStore } from '../../wallet/walletStore'
import type { Reader } from '../simulate'
import { type WritesRuntime, writes } from './writes'

/** How long no node has known a transaction before it is called dropped, in ms: nodes pass one on within seconds. */
const DROP_AFTER = 90_000

interface PageParts {
  readonly chain: ChainConfig
  readonly wallet: WalletStore
  /** The node that the page reads from now; null while it has none. */
  readonly reader: () => Reader | null
  /** Unix seconds of the chain; null while no head was seen. */
  readonly now: () => bigint | null
  readonly mayWrite: () => boolean
}

/** The writes of this page, with the browser's storage, locks and clock. */
export function pageWrites({ chain, wallet, reader, now, mayWrite }: PageParts): WritesRuntime {
  const clients = chain.rpcs.map((url) => createClient({ transport: http(url, { retryCount: 0, timeout: 10_000 }) }))
  const [first] = clients
  if (first === undefined) throw new Error('no RPC is configured')
  const reading = (): Reader => reader() ?? first
  const runtime = writes({
    chainId: chain.id,
    confirmations: chain.confirmations,
    reader: reading,
    all: clients,
    signer: async () => {
      const { address, chainId } = wallet.state()
      const provider = address === null || chainId !== chain.id ? null : await wallet.provider()
      return provider === null || address === null ? null : { account: getAddress(address), provider }
    },
    mayWrite,
    // Read now, for a delegation can come and go between blocks, and from the RPC in use, for another may lag or lie.
    kindOf: (address) => kindAt(reading(), address),
    now: () => now() ?? BigInt(Math.floor(Date.now() / 1_000)),
    storage: storageOf(window),
    locks: 'locks' in navigator ? navigator.locks : null,
    clock: () => Date.now(),
    newId: newId,
    dropAfter: DROP_AFTER,
  })
  window.addEventListener('storage', ({ key }) => runtime.store.heard(key))
  return runtime
}

/** 128 random bits; `crypto.randomUUID` is missing where a page is served over plain http from another machine. */
function newId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

function storageOf(window: Window): Storage | null {
  try {
    return window.localStorage
  } catch {
    return null
  }
}
