import { EMPTY_QUEUE, type Entry, type Queue } from '../../../queue/entry'
import type { QueueEvent } from '../../../queue/events'
import { reduce } from '../../../queue/reduce'
import { fromStored, toStored } from '../../../queue/stored'

/** The queue of this tab, kept in the browser's storage. */
export interface QueueStore {
  readonly queue: () => Queue
  readonly subscribe: (listener: () => void) => () => void
  /** Applies an event, to the entries `only` accepts where it is given; what changed is stored before this returns. */
  readonly dispatch: (event: QueueEvent, only?: (entry: Entry) => boolean) => void
  /** What another tab stored or removed under a key; a null key is a storage that was emptied. */
  readonly heard: (key: string | null) => void
}

export type KeyValues = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>

const PREFIX = 'wellhead.write.'

/**
 * One key an entry, so that tabs which work on different entries never overwrite each other. Two tabs that follow one entry on the chain store the same facts; what only one
 * can know, the wallet's answer, is stored by the tab that asked, for the others' events do not change a step without a hash. `mine` says
 * which entries this tab is asking its wallet about: what others store of those is not taken.
 */
export function queueStore(storage: KeyValues | null, mine: (id: string) => boolean): QueueStore {
  const listeners = new Set<() => void>()
  let queue = load(storage)

  function take(next: Queue): void {
    if (next === queue) return
    queue = next
    for (const listener of listeners) listener()
  }

  return {
    queue: () => queue,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    dispatch: (event, only) => {
      const next = only === undefined ? reduce(queue, event) : inPart(queue, event, only)
      if (next === queue) return
      store(storage, queue, next)
      take(next)
    },
    heard: (key) => {
      if (key === null) return take({ entries: queue.entries.filter(({ id }) => mine(id)) })
      if (!key.startsWith(PREFIX)) return
      const id = key.slice(PREFIX.length)
      if (mine(id)) return
      const entry = read(storage, key)
      const others = queue.entries.filter((each) => each.id !== id)
      take(entry === null ? { entries: others } : joined(others, [entry]))
    },
  }
}

function inPart(queue: Queue, event: QueueEvent, only: (entry: Entry) => boolean): Queue {
  const part = { entries: queue.entries.filter(only) }
  const after = reduce(part, event)
  if (after === part) return queue
  return { entries: queue.entries.flatMap((entry) => (only(entry) ? after.entries.filter(({ id }) => id === entry.id) : [entry])) }
}

function store(storage: KeyValues | null, before: Queue, after: Queue): void {
  const kept = new Map(before.entries.map((entry) => [entry.id, entry]))
  try {
    for (const { id } of before.entries) {
      if (!after.entries.some((entry) => entry.id === id)) storage?.removeItem(PREFIX + id)
    }
    for (const entry of after.entries) {
      if (kept.get(entry.id) !== entry) storage?.setItem(PREFIX + entry.id, toStored({ entries: [entry] }))
    }
  } catch {
    // A full or forbidden storage: the write goes on in this tab, and the next change tries again.
  }
}

function load(storage: KeyValues | null): Queue {
  if (storage === null) return EMPTY_QUEUE
  try {
    const keys = Array.from({ length: storage.length }, (_, place) => storage.key(place) ?? '').filter((key) => key.startsWith(PREFIX))
    return joined([], keys.map((key) => read(storage, key)).filter((entry) => entry !== null))
  } catch {
    return EMPTY_QUEUE
  }
}

/** What stands under a key; null for nothing, and for what is no entry of this version: that is left where it is, for the version that wrote it. */
function read(storage: KeyValues | null, key: string): Entry | null {
  try {
    const [entry] = fromStored(storage?.getItem(key) ?? null).queue.entries
    return entry !== undefined && entry.id === key.slice(PREFIX.length) ? entry : null
  } catch {
    return null
  }
}

/** Entries in the order of their drafts; one that contradicts those before it (it claims their hash) is left out. */
function joined(before: readonly Entry[], more: readonly Entry[]): Queue {
  const ordered = [...before, ...more].sort((a, b) => a.draftedAt - b.draftedAt)
  return ordered.reduce<Queue>((queue, entry) => {
    const next = { entries: [...queue.entries, entry] }
    return fromStored(toStored(next)).problem === null ? next : queue
  }, EMPTY_QUEUE)
}
