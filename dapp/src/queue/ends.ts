import type { Entry, Status } from './entry'

/** Whether a step has come to its end, which only a reorganisation can undo. */
export function isEnd(status: Status, needed: number): boolean {
  switch (status.kind) {
    case 'refused':
    case 'rejected':
    case 'final':
      return true
    case 'reverted':
      return status.mined.confirmations >= needed
    case 'replaced':
      return status.mined !== null && status.mined.confirmations >= needed
    default:
      return false
  }
}

/** Whether something is out of this page's hands: with the wallet, or on its way on the chain and not at its end. */
export function isInFlight(status: Status, needed: number): boolean {
  return status.kind !== 'drafted' && status.kind !== 'simulating' && !isEnd(status, needed)
}

/** Whether the step did what it was for, at least for now. */
export function isDone(status: Status): boolean {
  return status.kind === 'confirmed' || status.kind === 'final'
}

/** Whether nothing more will happen to an entry: every step is final, or one ended otherwise and none is in flight. */
export function isSettled(entry: Entry): boolean {
  if (entry.steps.some((step) => isInFlight(step.status, entry.needed))) return false
  const ended = entry.steps.filter((step) => isEnd(step.status, entry.needed))
  return ended.length === entry.steps.length || ended.some((step) => step.status.kind !== 'final')
}

/**
 * Whether a person may take an entry off the list: it is settled, or it never left this page, or all that is in flight was dropped or is an answer of
 * the wallet that cannot be heard any more.
 */
export function mayDismiss(entry: Entry): boolean {
  return entry.steps.every(
    ({ status }) =>
      !isInFlight(status, entry.needed) || status.kind === 'dropped' || (status.kind === 'signing' && status.unheard),
  )
}
