import { afterChainEvent, afterHead } from './chain'
import { isSettled, mayDismiss } from './ends'
import { type Entry, MOST_ENTRIES, type Queue, SILENCE_MS, type Step } from './entry'
import type { Draft, QueueEvent, StepEvent } from './events'
import { asHash, ownHashes } from './hash'
import { isStorable } from './shape'
import { afterStepEvent, badAnswer } from './wallet'

/**
 * The queue after an event. An event that does not fit (an unknown id, a status it cannot follow, values no storage could give back) leaves the
 * queue as it was, the same object. Nothing is read but the arguments.
 */
export function reduce(queue: Queue, event: QueueEvent): Queue {
  switch (event.kind) {
    case 'drafted':
      return drafted(queue, event.draft, event.at)
    case 'dismissed': {
      const entries = queue.entries.filter((entry) => entry.id !== event.id || !mayDismiss(entry))
      return entries.length === queue.entries.length ? queue : { entries }
    }
    case 'seen':
    case 'dropped':
    case 'replaced':
    case 'mined':
    case 'reorged':
      return eachStep(queue, (step, entry) => afterChainEvent(step, event, entry.needed, knownBeside(queue, step)))
    case 'head':
      return eachStep(queue, (step, entry) => (entry.chainId === event.chainId ? afterHead(step, event.number, entry.needed) : step))
    case 'tick':
      return eachStep(queue, (step) => afterTick(step, event.at))
    case 'walletChanged':
      return eachStep(queue, (step, entry) => {
        const moved = entry.chainId !== event.chainId || entry.account.toLowerCase() !== event.account?.toLowerCase()
        return step.status.kind === 'signing' && step.status.moved !== moved
          ? { ...step, status: { ...step.status, moved } }
          : step
      })
    case 'reloaded':
      return eachStep(queue, afterReload)
    default:
      return stepEvent(queue, event)
  }
}

/** Whether a new write can be taken: the list is not full, or something settled in it can be forgotten. */
export function hasRoom(queue: Queue): boolean {
  return queue.entries.length < MOST_ENTRIES || queue.entries.some(isSettled)
}

function drafted(queue: Queue, draft: Draft, at: number): Queue {
  const entry: Entry = {
    id: draft.id,
    chainId: draft.chainId,
    account: draft.account,
    intent: draft.intent,
    needed: draft.needed,
    draftedAt: at,
    steps: draft.steps.map((calls) => ({ calls, status: { kind: 'drafted' }, hashes: [] })),
  }
  if (queue.entries.some(({ id }) => id === entry.id) || !isStorable(entry) || !hasRoom(queue)) return queue
  return { entries: [...withRoom(queue.entries), entry] }
}

/** The oldest settled entry is forgotten when the list is full; one that is not settled never is. */
function withRoom(entries: readonly Entry[]): readonly Entry[] {
  if (entries.length < MOST_ENTRIES) return entries
  const oldest = entries.findIndex(isSettled)
  return entries.filter((_, place) => place !== oldest)
}

function stepEvent(queue: Queue, event: StepEvent): Queue {
  const entry = queue.entries.find(({ id }) => id === event.id)
  const step = entry?.steps[event.step]
  if (entry === undefined || step === undefined) return queue
  const after = afterStepEvent(entry, step, event, knownBeside(queue, step))
  if (after === step) return queue
  const changed = withStep(entry, event.step, after)
  if (isStorable(changed)) return withEntry(queue, changed)
  // The wallet, or a contract through its error, said what cannot be kept. That it did answer must not be lost.
  const answered = event.kind === 'sent' || event.kind === 'bundled' || event.kind === 'refused'
  return answered ? withEntry(queue, withStep(entry, event.step, badAnswer(step))) : queue
}

function afterTick(step: Step, at: number): Step {
  const { status } = step
  return status.kind === 'signing' && !status.silent && at - status.since >= SILENCE_MS
    ? { ...step, status: { ...status, silent: true } }
    : step
}

function afterReload(step: Step): Step {
  const { status } = step
  if (status.kind === 'simulating') return { ...step, status: { kind: 'drafted' } }
  return status.kind === 'signing' && !status.unheard ? { ...step, status: { ...status, unheard: true } } : step
}

/** Whether a step other than this one owns a hash. */
function knownBeside(queue: Queue, step: Step): (hash: string) => boolean {
  return (text) => {
    const hash = asHash(text)
    return hash !== null && queue.entries.some(({ steps }) => steps.some((other) => other !== step && ownHashes(other).includes(hash)))
  }
}

function eachStep(queue: Queue, change: (step: Step, entry: Entry) => Step): Queue {
  const entries = queue.entries.map((entry) => {
    const steps = entry.steps.map((step) => change(step, entry))
    const changed = { ...entry, steps }
    return steps.some((step, place) => step !== entry.steps[place]) && isStorable(changed) ? changed : entry
  })
  return entries.some((entry, place) => entry !== queue.entries[place]) ? { entries } : queue
}

function withStep(entry: Entry, place: number, step: Step): Entry {
  return { ...entry, steps: entry.steps.map((old, at) => (at === place ? step : old)) }
}

function withEntry(queue: Queue, entry: Entry): Queue {
  return { entries: queue.entries.map((old) => (old.id === entry.id ? entry : old)) }
}
