import { isDone } from './ends'
import type { Entry, Refusal, Status, Step } from './entry'
import type { StepEvent } from './events'
import { asHash } from './hash'

const BAD_ANSWER: Refusal = { by: 'wallet', name: 'wallet.badAnswer', arguments: [] }
const KNOWN_HASH: Refusal = { by: 'wallet', name: 'wallet.knownHash', arguments: [] }

/**
 * One step after something the person, the page or the wallet did; the same object where the event does not fit its status. `known` says whether
 * another step holds a hash already. A wallet that answers with no hash, or with another write's, has its step refused: there is
 * nothing that could be followed.
 */
export function afterStepEvent(entry: Entry, step: Step, event: StepEvent, known: (hash: string) => boolean): Step {
  const { status } = step
  switch (event.kind) {
    case 'simulating': {
      const ready = entry.steps.slice(0, event.step).every((before) => isDone(before.status))
      return status.kind === 'drafted' && ready ? to(step, { kind: 'simulating' }) : step
    }
    case 'simulationLost':
      return status.kind === 'simulating' ? to(step, { kind: 'drafted' }) : step
    case 'refused': {
      const asked = status.kind === 'simulating' || status.kind === 'signing' || status.kind === 'bundled'
      return asked ? to(step, { kind: 'refused', refusal: event.refusal }) : step
    }
    case 'signing':
      return status.kind === 'simulating'
        ? to(step, { kind: 'signing', since: event.at, silent: false, moved: false, unheard: false })
        : step
    case 'rejected':
      return status.kind === 'signing' ? to(step, { kind: 'rejected' }) : step
    case 'bundled':
      return status.kind === 'signing' ? to(step, { kind: 'bundled', bundleId: event.bundleId, since: event.at }) : step
    case 'sent':
      return status.kind === 'signing' ? sent(step, event.hash, event.nonce, event.at, known) : step
    case 'bundleSent':
      // A hash that is not this batch's alone is waited out: the batch is with the wallet, whatever the wallet says of it.
      return status.kind === 'bundled' && asHash(event.hash) !== null && !known(event.hash)
        ? sent(step, event.hash, null, event.at, known)
        : step
  }
}

/** The refusal of a step whose wallet answered what cannot be kept. */
export function badAnswer(step: Step): Step {
  return to(step, { kind: 'refused', refusal: BAD_ANSWER })
}

function sent(step: Step, text: string, nonce: number | null, at: number, known: (hash: string) => boolean): Step {
  const hash = asHash(text)
  if (hash === null) return badAnswer(step)
  if (known(hash)) return to(step, { kind: 'refused', refusal: KNOWN_HASH })
  return { ...step, hashes: [hash], status: { kind: 'pending', hash, nonce, since: at, takenBack: false } }
}

function to(step: Step, status: Status): Step {
  return { ...step, status }
}
