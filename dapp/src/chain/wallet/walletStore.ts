import type { Address } from 'viem'
import { type Config as WagmiConfig, injected } from 'wagmi'
import { connect, disconnect, reconnect } from 'wagmi/actions'
import type { ChainConfig } from '../../config/schema'
import type { Announcement, Discovery } from './discovery'
import { inTime, isProvider, type Provider } from './provider'
import { found, recall, remember } from './remembered'
import type { WalletProblem } from './useWallet'
import { moveTo } from './switchChain'
import { walletProblem } from './walletError'

/** What a page shows of its wallet; see `Wallet`. */
export interface WalletState {
  readonly status: 'none' | 'connecting' | 'connected'
  readonly address: Address | null
  readonly chainId: number | null
  readonly name: string | null
  readonly problem: WalletProblem | null
  readonly ambiguous: boolean
}

export interface WalletStore {
  readonly state: () => WalletState
  readonly subscribe: (listener: () => void) => () => void
  readonly connect: (uuid: string) => Promise<void>
  readonly disconnect: () => Promise<void>
  readonly switchChain: () => Promise<void>
  readonly giveUp: () => void
  /** The connected wallet's provider, or null. */
  readonly provider: () => Promise<Provider | null>
  /** Connects the last visit's wallet again, if it can be told which one it was. Call it once. */
  readonly resume: () => Promise<void>
}

export interface WalletStoreParts {
  readonly wagmi: WagmiConfig
  readonly chain: ChainConfig
  readonly discovery: Discovery
  readonly storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | null
}

/** How long a wallet may take for what it answers by itself, in ms. */
const PROBE_MS = 3_000
/** Wallets announce themselves when asked. Which of two is the right one can only be told once both had the time. */
const ANNOUNCE_MS = 400

/** Connection, account and chain of one wallet at a time, over wagmi's core. */
export function walletStore({ wagmi, chain, discovery, storage }: WalletStoreParts): WalletStore {
  const listeners = new Set<() => void>()
  let own = { problem: null as WalletProblem | null, ambiguous: false, waiting: false }
  let attempt = 0
  let state = read()

  wagmi.subscribe((all) => all, changed)

  function read(): WalletState {
    const connection = connectionOf(wagmi)
    const address = connection?.accounts[0] ?? null
    const status = address !== null ? 'connected' : own.waiting ? 'connecting' : 'none'
    return {
      status,
      address,
      chainId: connection?.chainId ?? null,
      name: connection?.connector.name ?? null,
      problem: own.problem,
      ambiguous: own.ambiguous,
    }
  }

  function changed(): void {
    state = read()
    for (const listener of listeners) listener()
  }

  function say(more: Partial<typeof own>): void {
    own = { ...own, ...more }
    changed()
  }

  /** One connection only: what was connected before is forgotten, not revoked. */
  function keepOnly(uid: string | null): void {
    wagmi.setState((all) => ({
      ...all,
      connections: new Map([...all.connections].filter(([each]) => each === uid)),
      current: uid,
      status: uid === null ? 'disconnected' : 'connected',
    }))
  }

  async function connectTo({ wallet, provider }: Announcement): Promise<void> {
    const mine = ++attempt
    const before = wagmi.state.current
    say({ problem: null, waiting: true })
    try {
      const answer = await connect(wagmi, { connector: connectorOf(wallet.uuid, wallet.name, provider) })
      if (mine !== attempt) {
        // The person has turned to another wallet meanwhile.
        keepOnly(state.address === null ? null : before)
        return
      }
      keepOnly(wagmi.state.current)
      const none = answer.accounts.length === 0
      if (none) keepOnly(null)
      else remember(storage, wallet)
      say({ waiting: false, ambiguous: false, problem: none ? { code: 'wallet.noAccount' } : null })
    } catch (error) {
      if (mine === attempt) say({ waiting: false, problem: walletProblem(error) })
    }
  }

  return {
    state: () => state,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    connect: async (uuid) => {
      const announcement = discovery.announced().find(({ wallet }) => wallet.uuid === uuid)
      if (announcement === undefined) say({ problem: { code: 'wallet.failed', detail: '' } })
      else await connectTo(announcement)
    },
    disconnect: async () => {
      attempt += 1
      remember(storage, null)
      const connector = connectionOf(wagmi)?.connector
      // The wallet may hang while it revokes; the page has let go of it all the same.
      if (connector !== undefined) void disconnect(wagmi, { connector }).catch(() => undefined)
      keepOnly(null)
      say({ problem: null, waiting: false, ambiguous: false })
    },
    switchChain: async () => {
      const connector = connectionOf(wagmi)?.connector
      if (connector === undefined) return
      say({ problem: null })
      try {
        const provider: unknown = await connector.getProvider()
        if (!isProvider(provider)) return
        const problem = await moveTo(chain, provider)
        // Not every wallet says by an event that it moved.
        if (problem === null) connector.emitter.emit('change', { chainId: chain.id })
        say({ problem })
      } catch (error) {
        say({ problem: walletProblem(error) })
      }
    },
    giveUp: () => {
      attempt += 1
      say({ waiting: false })
    },
    provider: async () => {
      try {
        const provider: unknown = await connectionOf(wagmi)?.connector.getProvider()
        return isProvider(provider) ? provider : null
      } catch {
        return null // an extension that went away
      }
    },
    resume: async () => {
      const remembered = recall(storage)
      if (remembered === null) return
      await new Promise((resolve) => setTimeout(resolve, ANNOUNCE_MS))
      const mine = attempt
      const match = found(discovery.announced(), remembered)
      if (match.kind === 'ambiguous') return say({ ambiguous: true })
      if (match.kind === 'none') return
      const { wallet, provider } = match.announcement
      try {
        // wagmi waits for ever for a wallet that hangs, and reconnects to none after it.
        const accounts = await inTime(provider.request({ method: 'eth_accounts' }), PROBE_MS)
        await inTime(provider.request({ method: 'eth_chainId' }), PROBE_MS)
        if (!Array.isArray(accounts) || accounts.length === 0 || mine !== attempt) return
        await inTime(reconnect(wagmi, { connectors: [connectorOf(wallet.uuid, wallet.name, provider)] }), PROBE_MS)
      } catch {
        // A locked, silent or broken wallet: the person connects by hand.
      }
    },
  }
}

function connectionOf(wagmi: WagmiConfig) {
  const { current, connections } = wagmi.state
  return current === null ? undefined : connections.get(current)
}

/** A connector of one announced wallet, by its uuid: by rdns wagmi would take one wallet for another. */
function connectorOf(uuid: string, name: string, provider: Provider) {
  return injected({ target: { id: uuid, name, provider: provider as never } })
}
