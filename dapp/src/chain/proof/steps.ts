/**
 * Every step of the check of a reading, in the order in which they are taken. `signature.signer` is taken once for each record;
 * `submission.found` stands only where there is no submission, in place of all that follows from it.
 */
export const STEP_NAMES = [
  'asked.epoch',
  'asked.meter',
  'meter.kind',
  'meter.number',
  'reading.word',
  'reading.measured',
  'reading.delivered',
  'reading.utilised',
  'reading.breached',
  'reading.energyWh',
  'reading.trustLevel',
  'reading.flags',
  'reading.leaf',
  'report.standing',
  'report.root',
  'report.state',
  'report.finalAt',
  'proof.root',
  'details.epoch',
  'details.root',
  'details.baseEpoch',
  'details.leafCount',
  'details.minedAt',
  'details.finalAt',
  'details.state',
  'details.signers',
  'submission.found',
  'submission.epoch',
  'submission.baseEpoch',
  'submission.root',
  'submission.leafCount',
  'details.setHash',
  'keys.found',
  'keys.configDigest',
  'signature.count',
  'signature.order',
  'signature.signer',
  'signature.quorum',
  'signature.signers',
] as const

/** The name of one step: what comes before the dot is what is checked, what comes after it which part. */
export type StepName = (typeof STEP_NAMES)[number]

/** A hash, a name or a list as text; a count or a time (Unix seconds) as bigint; null for what there is none of. */
export type StepValue = bigint | string | null

/**
 * One comparison. `expected` is what the chain or arithmetic has, `actual` what was said or follows from what was said. `unchecked`: a
 * part was not to be had, which is no sign of a lie.
 */
export interface Step {
  readonly name: StepName
  readonly state: 'ok' | 'failed' | 'unchecked'
  readonly expected: StepValue
  readonly actual: StepValue
  /** The node's index, of `signature.signer`. */
  readonly node?: number
}

/** More than the longest honest value, a leaf of 130 characters: what is said may be of any length, and the steps are for a screen. */
const SHOWN_CHARACTERS = 160

/** The step of two values that must be the same; two nulls are not. */
export function compared(name: StepName, expected: StepValue, actual: StepValue): Step {
  return judged(name, expected !== null && expected === actual, expected, actual)
}

/** The step of a comparison made elsewhere. */
export function judged(name: StepName, holds: boolean, expected: StepValue, actual: StepValue): Step {
  return { name, state: holds ? 'ok' : 'failed', expected: shown(expected), actual: shown(actual) }
}

/** The step whose part was not to be had. */
export function unchecked(name: StepName): Step {
  return { name, state: 'unchecked', expected: null, actual: null }
}

/** The step of two lists, told with blanks between; compared one by one, since what was said may hold blanks itself. */
export function comparedLists<T extends string | number>(name: StepName, expected: readonly T[], actual: readonly T[]): Step {
  const same = expected.length === actual.length && expected.every((item, at) => item === actual[at])
  return judged(name, same, expected.join(' '), actual.join(' '))
}

/** A JSON number as the whole number it is; as text when it is none, so that it equals nothing. */
export function whole(value: number): bigint | string {
  return Number.isSafeInteger(value) ? BigInt(value) : String(value)
}

/** The first step that failed; null when none did. */
export function firstFailure(steps: readonly Step[]): Step | null {
  return steps.find((step) => step.state === 'failed') ?? null
}

/** `failed` when a step did, `incomplete` when one could not be taken, `ok` when all hold. */
export function verdictOf(steps: readonly Step[]): 'ok' | 'failed' | 'incomplete' {
  if (firstFailure(steps) !== null) return 'failed'
  return steps.some((step) => step.state === 'unchecked') ? 'incomplete' : 'ok'
}

function shown(value: StepValue): StepValue {
  return typeof value === 'string' && value.length > SHOWN_CHARACTERS ? `${value.slice(0, SHOWN_CHARACTERS)}…` : value
}
