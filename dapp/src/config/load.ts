import type { Result } from '../format/result'
import { failure } from '../format/result'
import type { Config, ConfigFault } from './schema'
import { parseConfig } from './schema'

/** Bytes: a configuration with every URL it may have is smaller. */
const MAX_BYTES = 256 * 1024
const TIMEOUT_MS = 10_000

/** Reads `config.json` beside the page, which is never taken from a cache: it changes without the page's own files. Never rejects. */
export async function loadConfig(url = 'config.json', ask: typeof fetch = fetch): Promise<Result<Config, ConfigFault>> {
  let text: string
  try {
    const response = await ask(url, { cache: 'no-store', credentials: 'same-origin', signal: AbortSignal.timeout(TIMEOUT_MS) })
    if (!response.ok) return failure({ code: 'config.missing', args: { url, status: String(response.status) } })
    text = await response.text()
  } catch {
    return failure({ code: 'config.unreachable', args: { url } })
  }
  if (text.length > MAX_BYTES) return failure({ code: 'config.tooLarge', args: { url } })
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return failure({ code: 'config.notJson', args: { url } })
  }
  return parseConfig(json)
}
