import type { Config } from '../config/schema'
import { SIMULATED_CHAINS } from '../config/schema'
import type { Block, Chain } from './chain'
import { pollClient, readClient, type ReadClient } from './clients'
import type { Head, HeadState, RpcStatus } from './head'
import type { HistorySource } from './history/events'
import { newLogMemory } from './history/memory'
import { pick } from './pick'
import type { Polled } from './rpcPoll'
import { poll } from './rpcPoll'

/** What a page knows of the chain at a moment. The same objects as long as nothing has changed. */
export interface Watched {
  readonly head: Head | null
  readonly chain: Chain | null
  /** Also before there is a head. */
  readonly rpcs: readonly RpcStatus[]
  /** Where history was last read from; null before it was. */
  readonly historySource: HistorySource | null
}

/** Follows the heads of all RPCs. */
export interface ChainWatch {
  state(): Watched
  subscribe(listener: () => void): () => void
  /** Asks every RPC now, as after a person clicked. */
  refresh(): void
  stop(): void
}

/** Milliseconds. */
export interface WatchTimes {
  readonly poll: number
  /** A head not newer than this is stale. */
  readonly stale: number
}

/**
 * So many polls in a row that no RPC answered well make a chain lost. Counted, not timed: a refused connection is told after one more try, and one slow
 * answer, which may take as long as a poll waits, is none.
 */
const LOST_AFTER = 2

/** The machine's clock, milliseconds since 1970, and its timers. */
export interface WatchDeps {
  readonly clock?: () => number
  readonly times?: Partial<WatchTimes>
  readonly pollWith?: (url: string) => () => Promise<Polled>
}

const REAL: WatchTimes = { poll: 4_000, stale: 90_000 }
const SIMULATED: WatchTimes = { poll: 1_000, stale: 60_000 }

/** Before anything was seen. */
export function unwatched(config: Config): Watched {
  const rpcs = config.chain.rpcs.map((url) => ({ url, block: null, fault: null, chainId: null }))
  return { head: null, chain: null, rpcs, historySource: null }
}

/**
 * Begins to follow the chain. On a real chain a head is as old as the machine's clock says; a simulated chain has its own time, so there its head is as
 * old as this page has seen no newer.
 */
export function watchChain(config: Config, deps: WatchDeps = {}): ChainWatch {
  const simulated = SIMULATED_CHAINS.includes(config.chain.id)
  const times = { ...(simulated ? SIMULATED : REAL), ...deps.times }
  const clock = deps.clock ?? Date.now
  const listeners = new Set<() => void>()
  const clients = new Map<string, ReadClient>()
  const multicalls = new Map<string, boolean>()
  const pollers = new Map<string, () => Promise<Polled>>()
  const timers = new Map<string, ReturnType<typeof setTimeout>>()
  const seen: { block: Block | null; at: number } = { block: null, at: 0 }
  /** Polls in a row that each RPC failed. */
  const failures = new Map<string, number>()
  let state = unwatched(config)
  let { rpcs, historySource } = state
  const memory = newLogMemory()
  let stopped = false

  const clientOf = (url: string): ReadClient => {
    const known = clients.get(url)
    if (known !== undefined) return known
    const made = readClient(config.chain, url, multicalls.get(url) ?? false)
    clients.set(url, made)
    return made
  }

  const pollerOf = (url: string): (() => Promise<Polled>) => {
    const known = pollers.get(url)
    if (known !== undefined) return known
    const client = pollClient(config.chain, url)
    const made = deps.pollWith?.(url) ?? (() => poll(client, config.chain.id))
    pollers.set(url, made)
    return made
  }

  const stateOf = (block: Block): HeadState => {
    const now = clock()
    if (config.chain.rpcs.every((url) => (failures.get(url) ?? 0) >= LOST_AFTER)) return 'lost'
    const age = simulated ? now - seen.at : now - Number(block.timestamp) * 1000
    return age > times.stale ? 'stale' : 'live'
  }

  /** Works the state out anew, and tells of it if it is another. */
  const settle = (): void => {
    const best = pick(rpcs, state.head?.rpc ?? null)
    const block = best?.block ?? state.head
    if (block === null) {
      if (state.rpcs === rpcs) return
      state = { ...state, rpcs }
    } else {
      const rpc = best?.url ?? state.head?.rpc ?? ''
      if (seen.block?.hash !== block.hash) {
        seen.block = { number: block.number, hash: block.hash, timestamp: block.timestamp }
        seen.at = clock()
      }
      const now = stateOf(seen.block)
      if (state.rpcs === rpcs && state.historySource === historySource && state.head?.state === now && state.head.hash === seen.block.hash && state.head.rpc === rpc) return
      state = { head: headOf(seen.block, seen.at, now, rpc), chain: chainOf(seen.block, rpc), rpcs, historySource }
    }
    for (const listener of listeners) listener()
  }

  const chainOf = (block: Block, rpc: string): Chain => {
    const before = state.chain
    const client = clientOf(rpc)
    return before?.block === block && before.client === client ? before : { config, block, rpc, client, memory, historyCameFrom }
  }

  const historyCameFrom = (source: HistorySource): void => {
    historySource = source
    settle()
  }

  const headOf = (block: Block, seenAt: number, now: HeadState, rpc: string): Head => ({
    ...block,
    seenAt,
    now: () => (simulated ? block.timestamp : block.timestamp + BigInt(Math.max(0, Math.floor((clock() - seenAt) / 1000)))),
    state: now,
    rpc,
    rpcs,
  })

  const heard = (url: string, polled: Polled): void => {
    failures.set(url, polled.ok ? 0 : (failures.get(url) ?? 0) + 1)
    if (polled.ok) {
      if (multicalls.get(url) !== polled.hasMulticall) {
        multicalls.set(url, polled.hasMulticall)
        clients.delete(url)
      }
    }
    const before = rpcs.find((rpc) => rpc.url === url)
    const after: RpcStatus = polled.ok
      ? { url, block: polled.block, fault: null, chainId: polled.chainId }
      : { url, block: before?.block ?? null, fault: polled.fault, chainId: polled.chainId ?? before?.chainId ?? null }
    if (before === undefined || !same(before, after)) rpcs = rpcs.map((rpc) => (rpc.url === url ? after : rpc))
    settle()
  }

  const follow = async (url: string): Promise<void> => {
    clearTimeout(timers.get(url))
    const polled = await pollerOf(url)()
    if (stopped) return
    heard(url, polled)
    clearTimeout(timers.get(url))
    timers.set(
      url,
      setTimeout(() => void follow(url), times.poll),
    )
  }

  for (const url of config.chain.rpcs) void follow(url)
  // What grows old does so without any RPC's doing.
  const aging = setInterval(settle, Math.min(1_000, times.poll))

  return {
    state: () => state,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    refresh: () => {
      for (const url of config.chain.rpcs) void follow(url)
    },
    stop: () => {
      stopped = true
      clearInterval(aging)
      for (const timer of timers.values()) clearTimeout(timer)
    },
  }
}

function same(a: RpcStatus, b: RpcStatus): boolean {
  return a.fault === b.fault && a.chainId === b.chainId && a.block?.hash === b.block?.hash
}
