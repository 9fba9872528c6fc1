/** The text of a file or an answer, UTF-8; null when it is longer than `maxBytes`. Nothing beyond that is read. */
export async function readText(source: Blob | ReadableStream<Uint8Array>, maxBytes: number, signal: AbortSignal): Promise<string | null> {
  const reader = (source instanceof Blob ? source.stream() : source).getReader()
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  try {
    for (;;) {
      signal.throwIfAborted()
      const { done, value } = await reader.read()
      if (done) return text + decoder.decode()
      bytes += value.length
      if (bytes > maxBytes) return null
      text += decoder.decode(value, { stream: true })
    }
  } finally {
    reader.cancel().catch(() => undefined)
  }
}
