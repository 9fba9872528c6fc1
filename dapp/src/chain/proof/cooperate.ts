/** Long work cut into pieces of well under a millisecond: yields how much of it is done, 0 to 1, and returns its result. */
export type Pieces<T> = Generator<number, T, undefined>

/** How to share the page's one thread. */
export interface Cooperation {
  /** Told the share done, 0 to 1, before each pause and once at the end. */
  readonly onProgress?: (done: number) => void
  /** Ends the work: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal
  /** Work at most about this long between two pauses, milliseconds. Default 8: half a frame. */
  readonly sliceMs?: number
  /** Milliseconds of a clock that only goes forward. */
  readonly clock?: () => number
  /** Lets the page paint and answer. */
  readonly pause?: () => Promise<void>
}

const SLICE_MS = 8

/** Does all the work at once. For what is small, and for workers. */
export function runAtOnce<T>(work: Pieces<T>): T {
  let next = work.next()
  while (next.done !== true) next = work.next()
  return next.value
}

/** Does the work in slices with pauses between. Rejects with the signal's reason when it is aborted. */
export async function runCooperatively<T>(work: Pieces<T>, how: Cooperation = {}): Promise<T> {
  const clock = how.clock ?? (() => performance.now())
  const pause = how.pause ?? nextTask
  const sliceMs = how.sliceMs ?? SLICE_MS
  how.signal?.throwIfAborted()
  let started = clock()
  for (;;) {
    const next = work.next()
    if (next.done === true) {
      how.onProgress?.(1)
      return next.value
    }
    if (clock() - started < sliceMs) continue
    how.onProgress?.(next.value)
    await pause()
    how.signal?.throwIfAborted()
    started = clock()
  }
}

/** Resolves in a task of its own. Not by timer: browsers stretch nested timers to 4 ms, and to a second in a hidden tab. */
export function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(null)
  })
}
