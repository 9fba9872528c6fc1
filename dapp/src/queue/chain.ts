import { isEnd } from './ends'
import type { Block, Hash, Inclusion, Nonce, Status, Step } from './entry'
import type { ChainEvent } from './events'
import { ownHashes } from './hash'

type Of<Kind extends ChainEvent['kind']> = Extract<ChainEvent, { kind: Kind }>

/** One step after something seen on the chain; the same object where the event is not about it or does not fit its status. */
export function afterChainEvent(step: Step, event: ChainEvent, needed: number, known: (hash: string) => boolean): Step {
  switch (event.kind) {
    case 'seen':
      return afterSeen(step, event)
    case 'dropped':
      return afterDropped(step, event)
    case 'replaced':
      return afterReplaced(step, event, needed, known)
    case 'mined':
      return afterMined(step, event, needed)
    case 'reorged':
      return afterReorg(step, event)
  }
}

/**
 * One step under a new head: confirmations = head - block + 1, at most `needed`. They never fall here, since a lower head is a node that lags; what a
 * reorganisation takes back is said by hash.
 */
export function afterHead(step: Step, head: bigint, needed: number): Step {
  const { status } = step
  if (isEnd(status, needed)) return step
  if (status.kind === 'confirmed' || status.kind === 'reverted') {
    const mined = deeper(status.mined, head, needed)
    return mined === status.mined ? step : inBlock(step, status.hash, status.nonce, mined, status.kind === 'confirmed', needed)
  }
  if (status.kind === 'replaced' && status.mined !== null) {
    const mined = deeper(status.mined, head, needed)
    return mined === status.mined ? step : { ...step, status: { ...status, mined } }
  }
  return step
}

function deeper(mined: Inclusion, head: bigint, needed: number): Inclusion {
  const depth = head - mined.block.number + 1n
  const confirmations = depth > BigInt(needed) ? needed : Number(depth)
  return confirmations > mined.confirmations ? { ...mined, confirmations } : mined
}

function afterSeen(step: Step, { hash, nonce, at }: Of<'seen'>): Step {
  const { status } = step
  if (status.kind === 'dropped' && step.hashes.includes(hash)) return pending(step, hash, status.nonce ?? nonce ?? null, at, false)
  const learnt = status.kind === 'pending' && status.hash === hash && status.nonce === null && nonce !== undefined
  return learnt ? { ...step, status: { ...status, nonce } } : step
}

function afterDropped(step: Step, { hash, at }: Of<'dropped'>): Step {
  const { status } = step
  if (status.kind === 'pending' && status.hash === hash) return dropped(step, hash, status.nonce, at)
  if (status.kind !== 'replaced' || status.by !== hash || status.mined !== null) return step
  // What would have taken the nonce is gone, so the transaction itself stands again.
  return status.how === 'repriced' ? dropped(step, hash, status.nonce, at) : pending(step, status.hash, status.nonce, at, false)
}

function afterReplaced(step: Step, event: Of<'replaced'>, needed: number, known: (hash: string) => boolean): Step {
  const { status } = step
  const { hash, by, at } = event
  if (status.kind !== 'pending' && status.kind !== 'dropped' && status.kind !== 'replaced') return step
  if (status.kind === 'replaced' && status.mined !== null) return step
  if (hash === by || isEnd(status, needed) || !ownHashes(step).includes(hash)) return step
  if (step.hashes.includes(by)) {
    return event.how === 'repriced' ? pending(step, by, status.nonce, at, false) : step
  }
  const how = known(by) ? 'other' : event.how
  const hashes = how === 'repriced' ? [...step.hashes, by] : step.hashes
  return { ...step, hashes, status: { kind: 'replaced', hash: status.hash, nonce: status.nonce, by, how, since: at, mined: null } }
}

function afterMined(step: Step, { hash, block, succeeded }: Of<'mined'>, needed: number): Step {
  const { status } = step
  switch (status.kind) {
    case 'pending':
    case 'dropped':
      return step.hashes.includes(hash) ? inBlock(step, hash, status.nonce, first(block), succeeded, needed) : step
    case 'replaced':
      if (status.mined !== null) return step
      if (step.hashes.includes(hash)) return inBlock(step, hash, status.nonce, first(block), succeeded, needed)
      return status.by === hash ? { ...step, status: { ...status, mined: first(block) } } : step
    case 'confirmed':
    case 'reverted':
      // Mined anew in another block before anyone said that the old one is gone: depth counts from the new one.
      if (isEnd(status, needed) || !step.hashes.includes(hash) || status.mined.block.hash === block.hash) return step
      return inBlock(step, hash, status.nonce, first(block), succeeded, needed)
    default:
      return step
  }
}

function afterReorg(step: Step, { hash, at }: Of<'reorged'>): Step {
  const { status } = step
  switch (status.kind) {
    case 'confirmed':
    case 'final':
    case 'reverted':
      return status.hash === hash ? pending(step, hash, status.nonce, at, true) : step
    case 'replaced':
      return status.by === hash && status.mined !== null ? { ...step, status: { ...status, mined: null, since: at } } : step
    default:
      return step
  }
}

function first(block: Block): Inclusion {
  return { block, confirmations: 1 }
}

function inBlock(step: Step, hash: Hash, nonce: Nonce, mined: Inclusion, succeeded: boolean, needed: number): Step {
  const done: Status['kind'] = mined.confirmations >= needed ? 'final' : 'confirmed'
  return { ...step, status: { kind: succeeded ? done : 'reverted', hash, nonce, mined } }
}

function pending(step: Step, hash: Hash, nonce: Nonce, since: number, takenBack: boolean): Step {
  return { ...step, status: { kind: 'pending', hash, nonce, since, takenBack } }
}

function dropped(step: Step, hash: Hash, nonce: Nonce, since: number): Step {
  return { ...step, status: { kind: 'dropped', hash, nonce, since } }
}
