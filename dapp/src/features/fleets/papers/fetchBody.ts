/** A document's bytes from where its operator serves it. Rejects where it cannot be had; a redirect, which would lead elsewhere, is not followed. */
export async function fetchBody(url: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
  const response = await fetch(url, { signal, credentials: 'omit', referrerPolicy: 'no-referrer', redirect: 'error', cache: 'no-store' })
  if (!response.ok || response.body === null) throw new Error(`answered ${response.status}`)
  return response.body
}
