import { expect, test } from 'vitest'
import { hashDocument } from './document'
import { documentVectors } from './vectors'

function content(bytes: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: bytes }, (_, at) => (at % 257 === 0 ? 251 : (at * 31) % 256))
}

function streamed(whole: Uint8Array, chunk: number): ReadableStream<Uint8Array> {
  let at = 0
  return new ReadableStream({
    pull(controller) {
      if (at >= whole.length) return controller.close()
      controller.enqueue(whole.subarray(at, at + chunk))
      at += chunk
    },
  })
}

test('a document has the hash of the oracle as a file and as a stream, however it is cut', async () => {
  for (const { bytes, hash } of documentVectors()) {
    const whole = content(bytes)
    for (const source of [new Blob([whole]), streamed(whole, 1013), streamed(whole, 1_000_000)]) {
      expect(await hashDocument(source)).toEqual({ ok: true, hash, bytes })
    }
  }
})

test('a long document is hashed with pauses and progress', async () => {
  let pauses = 0
  let now = 0
  const told: number[] = []
  await hashDocument(streamed(content(300_001), 300_001), {
    clock: () => (now += 10),
    pause: async () => void pauses++,
    onProgress: (bytes) => told.push(bytes),
  })
  expect(pauses).toBe(5)
  expect(told).toEqual([300_001])
})

test('a document that is too long is given up before the rest is read', async () => {
  let cancelled = false
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(1000)),
    cancel: () => void (cancelled = true),
  })
  expect(await hashDocument(endless, { maxBytes: 10_000 })).toEqual({
    ok: false,
    fault: { code: 'document.tooLong', limit: 10_000 },
  })
  expect(cancelled).toBe(true)
  expect(await hashDocument(new Blob([content(100)]), { maxBytes: 100 })).toMatchObject({ ok: true, bytes: 100 })
  expect(await hashDocument(new Blob([content(101)]), { maxBytes: 100 })).toMatchObject({ ok: false })
})

test('a server that says nothing can be given up', async () => {
  let cancelled = false
  const silent = new ReadableStream<Uint8Array>({ cancel: () => void (cancelled = true) })
  const control = new AbortController()
  const hashing = hashDocument(silent, { signal: control.signal })
  control.abort(new Error('left the page'))
  await expect(hashing).rejects.toThrow('left the page')
  expect(cancelled).toBe(true)
})

test('a stream that breaks off makes no hash', async () => {
  let sent = 0
  const broken = new ReadableStream<Uint8Array>({
    pull: (controller) => (sent++ < 3 ? controller.enqueue(new Uint8Array(10)) : controller.error(new Error('reset'))),
  })
  await expect(hashDocument(broken)).rejects.toThrow('reset')
})
