import type { Hash, Step } from './entry'

/** The hash in lower case, or null where the text is none. Two spellings of one hash must not pass for two. */
export function asHash(text: string): Hash | null {
  const lower = text.toLowerCase()
  return isHash(lower) ? lower : null
}

export function isHash(value: unknown): value is Hash {
  return typeof value === 'string' && /^0x[0-9a-f]{64}$/.test(value)
}

/**
 * The hashes that belong to a step alone: those of its own calls and that of the transaction which cancels them. What else took its nonce may be
 * another entry's.
 */
export function ownHashes(step: Step): readonly Hash[] {
  const { status } = step
  return status.kind === 'replaced' && status.how === 'cancelled' ? [...step.hashes, status.by] : step.hashes
}
