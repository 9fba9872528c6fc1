import type { Address } from 'viem'
import type { Entry } from '../../../queue/entry'
import { needsAttention, unsettled } from '../../../queue/select'
import type { AccountKind } from '../../wallet/useWallet'
import type { Reader } from '../simulate'
import type { Write } from '../write'
import { type KeyValues, type QueueStore, queueStore } from './queueStore'
import { revertReason } from './revertReason'
import { lockOf, run, type Signer, type Stopped } from './run'
import { type Session, session } from './session'
import { watch } from './watch'

/** What the writes of a page stand on; everything that is not the chain or the wallet is passed in, so that tests run the same code. */
export interface WritesParts {
  readonly chainId: number
  readonly confirmations: number
  /** The node that reads go to now. */
  readonly reader: () => Reader
  /** Every configured node. */
  readonly all: readonly Reader[]
  readonly signer: () => Promise<Signer | null>
  /** Whether anything may be written at this moment. */
  readonly mayWrite: () => boolean
  readonly kindOf: (account: Address) => Promise<AccountKind>
  /** Unix seconds of the chain. */
  readonly now: () => bigint
  readonly storage: KeyValues | null
  readonly locks: Pick<LockManager, 'request' | 'query'> | null
  /** The browser's time in ms since 1970. */
  readonly clock: () => number
  readonly newId: () => string
  /** How long no node has known a transaction before it is called dropped, in ms. */
  readonly dropAfter: number
}

export interface WritesRuntime {
  readonly store: QueueStore
  readonly begin: (write: Write) => Session
  /** Goes on with an entry whose next step waits for the person. */
  readonly resume: (id: string) => Promise<Stopped>
  readonly reason: (hash: `0x${string}`) => ReturnType<typeof revertReason>
  /** How many steps need the person, and how many entries are on their way. */
  readonly counts: () => { readonly attention: number; readonly onTheWay: number }
  /** Whether this tab is asking its wallet about an entry now. */
  readonly isAsking: (id: string) => boolean
  /** To be called at every new head. */
  readonly head: (number: bigint) => Promise<void>
  /** To be called every second or so while a wallet is asked. */
  readonly tick: () => void
  /** To be called when the wallet's account or chain changed; null where it is disconnected. */
  readonly walletChanged: (chainId: number | null, account: string | null) => void
}

/** The queue of this page with everything that drives it. */
export function writes(parts: WritesParts): WritesRuntime {
  const { chainId, clock } = parts
  const asking = new Set<string>()
  const store = queueStore(parts.storage, (id) => asking.has(id))
  const mine = (entry: Entry): boolean => asking.has(entry.id)
  const wallet = async (account: string) => {
    const signer = await parts.signer()
    return signer !== null && signer.account.toLowerCase() === account.toLowerCase() ? signer.provider : null
  }
  const follower = watch({ chainId, store, reader: parts.reader, all: parts.all, wallet, clock, dropAfter: parts.dropAfter })
  let newest: bigint | null = null

  const running = {
    ...parts,
    store,
    asking,
    sent: () => {
      // Its nonce is learnt before the wallet can put another in its place.
      if (newest !== null) void follower.look(newest)
    },
  }

  /** A step that was with a wallet in a tab that is gone will not be heard of. */
  async function abandoned(): Promise<void> {
    const waiting = store.queue().entries.some((entry) => !mine(entry) && entry.steps.some(({ status }) => isWithWallet(status)))
    if (!waiting) return
    const held = parts.locks === null ? [] : ((await parts.locks.query()).held ?? []).map(({ name }) => name)
    store.dispatch({ kind: 'reloaded' }, (entry) => !mine(entry) && !held.includes(lockOf(entry.id)))
  }

  return {
    store,
    begin: (write) => session(write, running),
    resume: (id) => run(running, id),
    reason: (hash) => revertReason(parts.reader(), hash),
    counts: () => ({ attention: needsAttention(store.queue()).length, onTheWay: unsettled(store.queue()).length }),
    isAsking: (id) => asking.has(id),
    head: async (number) => {
      newest = number
      await abandoned().catch(() => undefined)
      await follower.look(number)
    },
    tick: () => store.dispatch({ kind: 'tick', at: clock() }, mine),
    walletChanged: (now, account) => store.dispatch({ kind: 'walletChanged', chainId: now ?? 0, account }, mine),
  }
}

function isWithWallet(status: Entry['steps'][number]['status']): boolean {
  return status.kind === 'simulating' || (status.kind === 'signing' && !status.unheard)
}
