import { isDone, isInFlight, isSettled, mayDismiss } from './ends'
import type { Call, Entry, Queue, Status } from './entry'
import { encoded } from './shape'

/** Why the screen calls for a person. A rejection does not: it was theirs. */
export type AttentionCode =
  | 'wallet.silent'
  | 'wallet.moved'
  | 'wallet.unheard'
  | 'write.refused'
  | 'write.reverted'
  | 'write.dropped'
  | 'write.cancelled'
  | 'write.displaced'
  | 'write.takenBack'
  | 'write.nextStep'

export interface Attention {
  readonly id: string
  readonly step: number
  readonly code: AttentionCode
}

/** What needs a person, oldest entry first, by step. */
export function needsAttention(queue: Queue): readonly Attention[] {
  return queue.entries.flatMap((entry) =>
    entry.steps.flatMap(({ status }, step) => [...codesOf(entry, status, step)].map((code) => ({ id: entry.id, step, code }))),
  )
}

/** The entries a person may take off the list, oldest first. */
export function dismissable(queue: Queue): readonly Entry[] {
  return queue.entries.filter(mayDismiss)
}

/** What is still to be followed, oldest first: it was handed to the wallet or the chain and is not at its end. */
export function unsettled(queue: Queue): readonly Entry[] {
  return queue.entries.filter((entry) => !isSettled(entry))
}

/**
 * The newest write of the same account on the same chain with the same intent that is not mined yet, or null. A second one would be a
 * second payment, so the screen asks first.
 */
export function onItsWay(queue: Queue, chainId: number, account: string, intent: string): Entry | null {
  const same = queue.entries.filter(
    (entry) =>
      entry.chainId === chainId &&
      entry.account.toLowerCase() === account.toLowerCase() &&
      entry.intent === intent &&
      entry.steps.some(({ status }) => isInFlight(status, entry.needed) && status.kind !== 'reverted' && !isDone(status)),
  )
  return same.at(-1) ?? null
}

/**
 * What a call means, as a text that is equal for two calls of one intent: contract, function, arguments and value. `without` names top-level arguments that
 * differ though the meaning does not: a permit's deadline and signature.
 */
export function intentOf(call: Call, without: readonly string[] = []): string {
  const meant = call.arguments.filter(({ name }) => !without.includes(name)).map(({ name, value }) => [name, value])
  return encoded([call.contract.toLowerCase(), call.function, meant, call.value])
}

function* codesOf(entry: Entry, status: Status, step: number): Generator<AttentionCode> {
  switch (status.kind) {
    case 'signing':
      if (status.silent) yield 'wallet.silent'
      if (status.moved) yield 'wallet.moved'
      if (status.unheard) yield 'wallet.unheard'
      return
    case 'refused':
      yield 'write.refused'
      return
    case 'reverted':
      yield 'write.reverted'
      return
    case 'dropped':
      yield 'write.dropped'
      return
    case 'replaced':
      if (status.how !== 'repriced') yield status.how === 'cancelled' ? 'write.cancelled' : 'write.displaced'
      return
    case 'pending':
      if (status.takenBack) yield 'write.takenBack'
      return
    case 'drafted':
      if (step > 0 && entry.steps.slice(0, step).every((before) => isDone(before.status))) yield 'write.nextStep'
      return
  }
}

/**
 * What came of a write so far. `done`: every step is in a block, which a reorganisation can still take back to `underWay`; `final`: every one
 * as deep as was asked for. `ended`: a step was refused, rejected, reverted, replaced or dropped, so that the rest will not come by itself.
 */
export type Outcome = 'underWay' | 'done' | 'final' | 'ended'

/** The outcome of an account's newest write of an intent on a chain; null where the queue has none, be it that it was taken off the list. */
export function outcomeOf(queue: Queue, chainId: number, account: string, intent: string): Outcome | null {
  const entry = queue.entries.findLast(
    (each) => each.chainId === chainId && each.account.toLowerCase() === account.toLowerCase() && each.intent === intent,
  )
  if (entry === undefined) return null
  const statuses = entry.steps.map(({ status }) => status)
  if (statuses.every(({ kind }) => kind === 'final')) return 'final'
  if (statuses.every(isDone)) return 'done'
  return statuses.some(hasEnded) ? 'ended' : 'underWay'
}

function hasEnded(status: Status): boolean {
  if (status.kind === 'replaced') return status.how !== 'repriced'
  return ['refused', 'rejected', 'reverted', 'dropped'].includes(status.kind)
}
