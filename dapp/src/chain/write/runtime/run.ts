import { isAddressEqual } from 'viem'
import { isDone } from '../../../queue/ends'
import type { Entry, Step } from '../../../queue/entry'
import type { QueueEvent } from '../../../queue/events'
import { inTime, type Provider } from '../../wallet/provider'
import { chainOf } from '../../wallet/switchChain'
import { encodedAgain } from '../calldata'
import { type Reader, simulated } from '../simulate'
import { askWallet, type Asked } from './askWallet'
import type { QueueStore } from './queueStore'

/** The wallet that stands connected now. */
export interface Signer {
  readonly account: `0x${string}`
  readonly provider: Provider
}

/**
 * Why a write did not go on. `moved`: the wallet is on another account or chain. `elsewhere`: another tab is asking its wallet for it. `off`:
 * nothing may be written now. */
export type Stopped = 'finished' | 'ended' | 'lost' | 'moved' | 'elsewhere' | 'off' | 'gone'

export interface RunParts {
  readonly store: QueueStore
  readonly reader: () => Reader
  readonly signer: () => Promise<Signer | null>
  /** Whether anything may be written at this moment; asked before every request to the wallet. */
  readonly mayWrite: () => boolean
  /** The browser's locks; null where it has none. */
  readonly locks: Pick<LockManager, 'request'> | null
  readonly clock: () => number
  /** Entries this tab is asking its wallet about. */
  readonly asking: Set<string>
  /** Called when a hash is known. */
  readonly sent: () => void
}

const PROBE_MS = 5_000

/** The lock that says which tab asks its wallet about an entry. */
export function lockOf(id: string): string {
  return `wellhead.write.${id}`
}

/**
 * Takes an entry on, step by step: each is simulated, then the wallet is asked, then it is waited for until it is in a block. Resolves when nothing more can be done
 * without the person, which may be never while a wallet says nothing. Never rejects.
 */
export async function run(parts: RunParts, id: string): Promise<Stopped> {
  for (;;) {
    const entry = entryOf(parts.store, id)
    if (entry === undefined) return 'gone'
    const place = entry.steps.findIndex(({ status }) => !isDone(status))
    const step = entry.steps[place]
    if (step === undefined) return 'finished'
    if (step.status.kind === 'drafted') {
      const stopped = await alone(parts, id, () => one(parts, entry, place, step))
      if (stopped !== null) return stopped
    } else if (['refused', 'rejected', 'reverted', 'replaced', 'dropped'].includes(step.status.kind)) {
      return 'ended'
    } else {
      await changed(parts.store)
    }
  }
}

/** One step up to the wallet's answer; null where it was given and the write goes on. */
async function one(parts: RunParts, entry: Entry, step: number, { calls }: Step): Promise<Stopped | null> {
  const { store, clock } = parts
  const about = { id: entry.id, step }
  store.dispatch({ kind: 'simulating', ...about })
  const encoded = calls.map(encodedAgain)
  const tried = await simulated(parts.reader(), entry.account as `0x${string}`, encoded)
  if (tried.kind === 'refused') {
    store.dispatch({ kind: 'refused', ...about, refusal: tried.refusal })
    return 'ended'
  }
  const signer = tried.kind === 'lost' ? null : await signerFor(parts, entry)
  // Steps can be minutes apart: the page may watch another account by now, or read from an RPC whose contracts are others.
  const off = !parts.mayWrite()
  if (signer === null || off) {
    store.dispatch({ kind: 'simulationLost', ...about })
    return off ? 'off' : tried.kind === 'lost' ? 'lost' : 'moved'
  }
  store.dispatch({ kind: 'signing', ...about, at: clock() })
  const asked = await askWallet(signer.provider, signer.account, entry.chainId, encoded)
  store.dispatch(eventOf(asked, about, clock()))
  if (asked.kind === 'rejected' || asked.kind === 'refused') return 'ended'
  parts.sent()
  return null
}

function eventOf(asked: Asked, about: { readonly id: string; readonly step: number }, at: number): QueueEvent {
  switch (asked.kind) {
    case 'sent':
      return { kind: 'sent', ...about, hash: asked.hash, nonce: null, at }
    case 'bundled':
      return { kind: 'bundled', ...about, bundleId: asked.bundleId, at }
    case 'rejected':
      return { kind: 'rejected', ...about }
    case 'refused':
      return { kind: 'refused', ...about, refusal: asked.refusal }
  }
}

/** The connected wallet, if it now stands on the entry's account and chain. */
async function signerFor(parts: RunParts, entry: Entry): Promise<Signer | null> {
  const signer = await parts.signer()
  if (signer === null || !isAddressEqual(signer.account, entry.account as `0x${string}`)) return null
  try {
    return (await inTime(chainOf(signer.provider), PROBE_MS)) === entry.chainId ? signer : null
  } catch {
    return null
  }
}

/** Runs under the entry's lock, so that two tabs never ask for one step. */
async function alone(parts: RunParts, id: string, body: () => Promise<Stopped | null>): Promise<Stopped | null> {
  const held = async (lock: unknown): Promise<Stopped | null> => {
    if (lock === null || parts.asking.has(id)) return 'elsewhere'
    parts.asking.add(id)
    try {
      return await body()
    } catch {
      // A call that this version of the page cannot encode any more.
      return 'ended'
    } finally {
      parts.asking.delete(id)
    }
  }
  if (parts.locks === null) return held(true)
  try {
    return await parts.locks.request(lockOf(id), { ifAvailable: true }, held)
  } catch {
    // A browser that keeps nothing for this page may give it no locks either: it goes on as one that has none.
    return held(true)
  }
}

function entryOf(store: QueueStore, id: string): Entry | undefined {
  return store.queue().entries.find((entry) => entry.id === id)
}

function changed(store: QueueStore): Promise<void> {
  return new Promise((resolve) => {
    const stop = store.subscribe(() => {
      stop()
      resolve()
    })
  })
}
