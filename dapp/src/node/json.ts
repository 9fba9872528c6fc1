import type { Result } from '../format/result'
import { failure, success } from '../format/result'

/** How to ask. */
export interface Asking {
  readonly timeoutMs: number
  readonly maxBytes: number
  readonly signal?: AbortSignal | undefined
  readonly fetch?: typeof fetch | undefined
}

/** Why a server gave no JSON. `status` is its own for `refused`, 0 for all else. */
export interface JsonFault {
  readonly why: 'unreachable' | 'timedOut' | 'tooLarge' | 'refused' | 'notJson'
  readonly status: number
}

/**
 * The JSON a server answers a GET with, read no further than `maxBytes` and no longer than `timeoutMs`, body included. A redirect is not followed: only
 * configured servers are asked. Rejects only with the reason of `signal`.
 */
export async function getJson(url: string, how: Asking): Promise<Result<unknown, JsonFault>> {
  const timer = new AbortController()
  const timeout = setTimeout(() => timer.abort(), how.timeoutMs)
  const signal = how.signal === undefined ? timer.signal : AbortSignal.any([timer.signal, how.signal])
  try {
    const response = await (how.fetch ?? fetch)(url, {
      signal,
      credentials: 'omit',
      redirect: 'error',
      referrerPolicy: 'no-referrer',
      headers: { accept: 'application/json' },
    })
    if (!response.ok) {
      response.body?.cancel().catch(() => undefined)
      return failure({ why: 'refused', status: response.status })
    }
    const text = await textOf(response, how.maxBytes)
    return text === null ? failure({ why: 'tooLarge', status: 0 }) : parsed(text)
  } catch {
    how.signal?.throwIfAborted()
    return failure({ why: timer.signal.aborted ? 'timedOut' : 'unreachable', status: 0 })
  } finally {
    clearTimeout(timeout)
  }
}

function parsed(text: string): Result<unknown, JsonFault> {
  try {
    return success(JSON.parse(text))
  } catch {
    return failure({ why: 'notJson', status: 0 })
  }
}

/** The body as text; null when it is longer than the cap. */
async function textOf(response: Response, maxBytes: number): Promise<string | null> {
  const reader = response.body?.getReader()
  if (reader === undefined) return ''
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    bytes += value.length
    if (bytes > maxBytes) {
      reader.cancel().catch(() => undefined)
      return null
    }
    text += decoder.decode(value, { stream: true })
  }
}
