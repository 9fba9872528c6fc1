import { keccak_256 } from '@noble/hashes/sha3'
import type { Hex } from 'viem'
import { hexOf } from './bytes'
import type { Cooperation } from './cooperate'
import { nextTask } from './cooperate'

/** How a document is hashed. `onProgress` is told the bytes read so far. */
export interface Hashing extends Omit<Cooperation, 'onProgress'> {
  readonly onProgress?: (bytes: number) => void
  /** Refuses a longer document before reading the rest of it. Default 256 MiB: what is served is the operator's to choose. */
  readonly maxBytes?: number
}

/** A document's keccak256, as FleetRegistry.setDocument keeps it, and its length; or why there is none. */
export type DocumentHash =
  | { readonly ok: true; readonly hash: Hex; readonly bytes: number }
  | { readonly ok: false; readonly fault: { readonly code: 'document.tooLong'; readonly limit: number } }

const MAX_BYTES = 256 * 1024 * 1024
const CHUNK_BYTES = 64 * 1024
const SLICE_MS = 8

/**
 * Hashes a file or an answer's body as it comes, so that it is never in memory whole and the page stays alive.
 * Rejects with the stream's own error, or with the signal's reason; the stream is given up in either case.
 */
export async function hashDocument(source: Blob | ReadableStream<Uint8Array>, how: Hashing = {}): Promise<DocumentHash> {
  const clock = how.clock ?? (() => performance.now())
  const pause = how.pause ?? nextTask
  const limit = how.maxBytes ?? MAX_BYTES
  const reader = (source instanceof Blob ? source.stream() : source).getReader()
  const hash = keccak_256.create()
  let bytes = 0
  let started = clock()
  try {
    for (;;) {
      how.signal?.throwIfAborted()
      const { done, value } = await read(reader, how.signal)
      if (done) return { ok: true, hash: hexOf(hash.digest()), bytes }
      bytes += value.length
      if (bytes > limit) return { ok: false, fault: { code: 'document.tooLong', limit } }
      for (let at = 0; at < value.length; at += CHUNK_BYTES) {
        hash.update(value.subarray(at, at + CHUNK_BYTES))
        if (clock() - started < (how.sliceMs ?? SLICE_MS)) continue
        await pause()
        how.signal?.throwIfAborted()
        started = clock()
      }
      how.onProgress?.(bytes)
    }
  } finally {
    // What was given up early is not read on; a stream that has ended or failed takes no notice. Not awaited: a source may never answer.
    reader.cancel().catch(() => undefined)
  }
}

/** The next chunk; rejects at once when `signal` is aborted, also while the other side says nothing. */
async function read(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<ReadableStreamReadResult<Uint8Array>> {
  if (signal === undefined) return reader.read()
  let giveUp = (): void => undefined
  const aborted = new Promise<never>((_, reject) => {
    giveUp = () => reject(signal.reason)
    signal.addEventListener('abort', giveUp, { once: true })
  })
  try {
    return await Promise.race([reader.read(), aborted])
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}
