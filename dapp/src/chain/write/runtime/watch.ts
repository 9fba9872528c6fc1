import type { Address } from 'viem'
import { isEnd } from '../../../queue/ends'
import type { Call, Entry, Hash, Refusal, Status, Step } from '../../../queue/entry'
import type { QueueEvent } from '../../../queue/events'
import type { Provider } from '../../wallet/provider'
import type { Reader } from '../simulate'
import { bundleState } from './bundles'
import type { QueueStore } from './queueStore'
import { howReplaced, minedWith } from './replacement'
import { blockHashAt, nonceAt, receiptOf, type Sent, sentOf } from './transactions'

export interface Watched {
  readonly chainId: number
  readonly store: QueueStore
  /** The node that reads go to now. */
  readonly reader: () => Reader
  /** Every configured node: a transaction counts as dropped only where none knows it. */
  readonly all: readonly Reader[]
  /** The connected wallet for bundles of this account, or null. */
  readonly wallet: (account: string) => Promise<Provider | null>
  /** The browser's time in ms since 1970. */
  readonly clock: () => number
  /** How long no node has known a transaction before it is called dropped, and no wallet a batch before it is given up, in ms. */
  readonly dropAfter: number
}

/** Never heard of again: the person looks in the wallet, and may take it off the list. */
const UNKNOWN_BUNDLE: Refusal = { by: 'wallet', name: 'wallet.unknownBundle', arguments: [] }
/** A block this deep is no longer looked at for reorganisations. */
const DEEP = 64n

/** Follows what was sent. `look` is called at every new head, and again when the last one failed; it never rejects. */
export interface Watch {
  readonly look: (head: bigint) => Promise<void>
}

export function watch(parts: Watched): Watch {
  const { chainId, store, clock } = parts
  /** When a node last knew a hash. */
  const known = new Map<Hash, number>()
  let newest = 0n
  let running: Promise<void> | null = null
  let next: Promise<void> | null = null

  /** One look at a time; what is asked for meanwhile is one more after it. */
  function look(head: bigint): Promise<void> {
    newest = head
    if (running === null) {
      running = lookOnce().finally(() => {
        running = null
      })
      return running
    }
    next ??= running.then(() => {
      next = null
      return look(newest)
    })
    return next
  }

  async function lookOnce(): Promise<void> {
    const head = newest
    for (const entry of store.queue().entries.filter((each) => each.chainId === chainId)) {
      for (const [place, step] of entry.steps.entries()) await lookAt(entry, place, step, head).catch(() => undefined)
    }
    store.dispatch({ kind: 'head', chainId, number: head })
  }

  async function lookAt(entry: Entry, place: number, step: Step, head: bigint): Promise<void> {
    const { status } = step
    switch (status.kind) {
      case 'bundled':
        return lookAtBundle(entry, place, status)
      case 'pending':
      case 'dropped':
        return lookForHashes(entry, step, status, head)
      case 'replaced':
        return status.mined === null ? lookForReplaced(entry, step, status, head) : lookAtBlock(status.by, status.mined.block, head)
      case 'confirmed':
      case 'reverted':
      case 'final':
        if (isEnd(status, entry.needed) && head - status.mined.block.number > DEEP) return
        return lookAtBlock(status.hash, status.mined.block, head)
      default:
        return
    }
  }

  async function lookAtBundle(entry: Entry, step: number, { bundleId, since }: Extract<Status, { kind: 'bundled' }>): Promise<void> {
    const provider = await parts.wallet(entry.account)
    if (provider === null) return
    const state = await bundleState(provider, bundleId)
    if (state.kind === 'sent') store.dispatch({ kind: 'bundleSent', id: entry.id, step, hash: state.hash, at: clock() })
    if (state.kind === 'refused') store.dispatch({ kind: 'refused', id: entry.id, step, refusal: state.refusal })
    // A wallet may need a moment until it knows what it has just taken.
    if (state.kind === 'unknown' && clock() - since >= parts.dropAfter) store.dispatch({ kind: 'refused', id: entry.id, step, refusal: UNKNOWN_BUNDLE })
  }

  async function lookForHashes(entry: Entry, step: Step, status: Extract<Status, { kind: 'pending' | 'dropped' }>, head: bigint): Promise<void> {
    // Learnt while it is known: after a reorganisation or a replacement no node may know it any more.
    if (status.nonce === null) await sayWhatIsKnown(entry, status.hash)
    for (const hash of step.hashes) if (await foundMined(hash)) return
    for (const hash of step.hashes) {
      const sent = await sayWhatIsKnown(entry, hash)
      if (sent === null) continue
      const own = isOwn(entry, sent)
      // A node may know a transaction that another with its nonce has overtaken.
      if (!own || !(await nonceUsed(entry, sent.nonce))) return
      if (await lookForNonce(entry, step.calls, hash, sent.nonce, head)) return
    }
    if (status.nonce !== null && (await lookForNonce(entry, step.calls, status.hash, status.nonce, head))) return
    if (status.kind === 'pending') dropIfLongUnknown(status.hash, status.since)
  }

  async function sayWhatIsKnown(entry: Entry, hash: Hash): Promise<Sent | null> {
    const sent = await sentAnywhere(hash)
    if (sent === null) return null
    known.set(hash, clock())
    store.dispatch({ kind: 'seen', hash, ...(isOwn(entry, sent) ? { nonce: sent.nonce } : {}), at: clock() })
    return sent
  }

  async function lookForReplaced(entry: Entry, step: Step, status: Extract<Status, { kind: 'replaced' }>, head: bigint): Promise<void> {
    for (const hash of [status.by, ...step.hashes]) if (await foundMined(hash)) return
    if ((await sentAnywhere(status.by)) !== null) known.set(status.by, clock())
    else if (status.nonce === null || !(await lookForNonce(entry, step.calls, status.hash, status.nonce, head))) {
      dropIfLongUnknown(status.by, status.since)
    }
  }

  /** Whether the block a transaction was in still stands, or where it is now. */
  async function lookAtBlock(hash: Hash, block: { readonly number: bigint; readonly hash: Hash }, head: bigint): Promise<void> {
    const receipt = await receiptOf(parts.reader(), hash)
    if (receipt !== null) {
      if (receipt.block.hash === block.hash) return
      // In another block now: what was said of the old one is taken back first, for its depth and its outcome are not those of the new one.
      store.dispatch({ kind: 'reorged', hash, at: clock() })
      store.dispatch({ kind: 'mined', hash, ...receipt })
      return
    }
    if (block.number > head) return
    // A node that lags knows no receipt either: only another block in its place is a reorganisation.
    const now = await blockHashAt(parts.reader(), block.number)
    if (now !== null && now !== block.hash) store.dispatch({ kind: 'reorged', hash, at: clock() })
  }

  async function foundMined(hash: Hash): Promise<boolean> {
    const receipt = await receiptOf(parts.reader(), hash)
    if (receipt === null) return false
    store.dispatch({ kind: 'mined', hash, ...receipt })
    return true
  }

  async function lookForNonce(entry: Entry, calls: readonly Call[], hash: Hash, nonce: number, head: bigint): Promise<boolean> {
    if (!(await nonceUsed(entry, nonce))) return false
    const by = await minedWith(parts.reader(), addressOf(entry), nonce, head).catch(() => null)
    if (by === null || by.hash === hash) return false
    const event: QueueEvent = { kind: 'replaced', hash, by: by.hash, how: howReplaced(calls, by), at: clock() }
    store.dispatch(event)
    await foundMined(by.hash)
    return true
  }

  async function nonceUsed(entry: Entry, nonce: number): Promise<boolean> {
    return (await nonceAt(parts.reader(), addressOf(entry), 'latest')) > nonce
  }

  async function sentAnywhere(hash: Hash): Promise<Sent | null> {
    const here = await sentOf(parts.reader(), hash)
    if (here !== null) return here
    // One that does not answer may never again, so it is not waited for.
    const answers = await Promise.allSettled(parts.all.map((reader) => sentOf(reader, hash)))
    return answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : null)).find((sent) => sent !== null) ?? null
  }

  function dropIfLongUnknown(hash: Hash, since: number): void {
    if (clock() - Math.max(since, known.get(hash) ?? 0) >= parts.dropAfter) store.dispatch({ kind: 'dropped', hash, at: clock() })
  }

  return { look }
}

/** Whether the entry's account sent it itself: a contract's transactions are another account's, with that one's nonce. */
function isOwn(entry: Entry, sent: Sent): boolean {
  return sent.from.toLowerCase() === entry.account.toLowerCase()
}

function addressOf(entry: Entry): Address {
  return entry.account as Address
}
