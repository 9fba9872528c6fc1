import * as z from 'zod/mini'

import { EMPTY_QUEUE, type Entry, MOST_ENTRIES, type Queue } from './entry'
import { ownHashes } from './hash'
import { encoded, entryShape, MOST_CHARACTERS_EACH } from './shape'

/** Grows with every change of the stored shape; a queue of another version is not read. */
export const STORED_VERSION = 1

const MOST_CHARACTERS = (MOST_ENTRIES + 1) * MOST_CHARACTERS_EACH

/** Why a stored queue was not taken. */
export type StoredProblem =
  | { readonly code: 'stored.tooLarge'; readonly characters: number; readonly most: number }
  | { readonly code: 'stored.notJson' }
  | { readonly code: 'stored.otherVersion'; readonly version: string; readonly expected: number }
  | { readonly code: 'stored.wrongShape'; readonly path: string }
  | { readonly code: 'stored.contradiction' }

export interface Restored {
  readonly queue: Queue
  /** Null where all is well, and where nothing was stored. */
  readonly problem: StoredProblem | null
}

/** The queue as text for the browser's storage. */
export function toStored(queue: Queue): string {
  return encoded({ version: STORED_VERSION, entries: queue.entries })
}

/** The queue that `toStored` wrote (null: nothing was), or the empty one and why. Never throws, whatever stands in storage. */
export function fromStored(text: string | null): Restored {
  if (text === null) return { queue: EMPTY_QUEUE, problem: null }
  if (text.length > MOST_CHARACTERS) return empty({ code: 'stored.tooLarge', characters: text.length, most: MOST_CHARACTERS })
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return empty({ code: 'stored.notJson' })
  }
  const version = versionShape.safeParse(json)
  if (!version.success) return empty({ code: 'stored.wrongShape', path: 'version' })
  if (version.data.version !== STORED_VERSION) {
    return empty({ code: 'stored.otherVersion', version: String(version.data.version).slice(0, 20), expected: STORED_VERSION })
  }
  try {
    const read = queueShape.safeParse(json)
    if (!read.success) return empty({ code: 'stored.wrongShape', path: pathOf(read.error) })
    return contradicts(read.data.entries)
      ? empty({ code: 'stored.contradiction' })
      : { queue: { entries: read.data.entries }, problem: null }
  } catch {
    return empty({ code: 'stored.wrongShape', path: '' }) // nested deeper than the stack
  }
}

const versionShape = z.looseObject({ version: z.union([z.number(), z.string()]) })
const queueShape = z.strictObject({ version: z.literal(STORED_VERSION), entries: z.array(entryShape).check(z.maxLength(MOST_ENTRIES)) })

/** What every single entry's shape cannot say: ids and hashes are each one entry's alone. */
function contradicts(entries: readonly Entry[]): boolean {
  const hashes = entries.flatMap(({ steps }) => steps.flatMap(ownHashes))
  return new Set(hashes).size !== hashes.length || new Set(entries.map(({ id }) => id)).size !== entries.length
}

function pathOf(error: z.core.$ZodError): string {
  return (error.issues[0]?.path ?? []).join('.').slice(0, 200)
}

function empty(problem: StoredProblem): Restored {
  return { queue: EMPTY_QUEUE, problem }
}
