import type { Page } from '@playwright/test'
import { objectOf } from './json'

const POLICY = 'content-security-policy'
const JSON_HEADERS = { 'content-type': 'application/json' }
/** Of a body that was unpacked on its way here. */
const [ENCODING, LENGTH] = ['content-encoding', 'content-length'] as const

/** By name, in lower case. */
type Headers = Readonly<Record<string, string>>

/** A request that Chromium holds for the test's answer. */
interface Paused {
  readonly requestId: string
  readonly request: { readonly url: string }
}

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: string
}

/** config.json as one test wants it: the world's, with parts of it replaced before the page is opened. */
export interface ConfigOverride {
  /** Replaces top-level parts; `chain` is merged, so that one can set its `rpcs` alone. */
  readonly set: (parts: Readonly<Record<string, unknown>>) => void
  /** Serves this text instead, whatever it is. */
  readonly replace: (text: string) => void
  /** Has the server say that there is none. */
  readonly remove: () => void
  /** Changes what the server says beside the page's document. */
  readonly headers: (change: (headers: Headers) => Headers) => void
  /** What the page will read. */
  readonly read: () => Promise<Readonly<Record<string, unknown>>>
  /** What went wrong while it was put together, if anything did. */
  readonly fault: () => unknown
}

/** Puts an override between the page and its server. */
export async function overrideConfig(page: Page, pageUrl: string): Promise<ConfigOverride> {
  let parts: Readonly<Record<string, unknown>> = {}
  let text: string | null = null
  let removed = false
  let fault: unknown = null
  let change = (headers: Headers): Headers => headers
  const read = async (): Promise<Readonly<Record<string, unknown>>> => {
    if (text !== null) return objectOf(JSON.parse(text))
    const original = objectOf(await (await fetch(new URL('config.json', pageUrl))).json())
    return { ...original, ...parts, chain: { ...objectOf(original['chain']), ...objectOf(parts['chain']) } }
  }
  const config = new URL('config.json', pageUrl).href
  const session = await page.context().newCDPSession(page)
  const answer = async ({ requestId, request: { url } }: Paused): Promise<void> => {
    const made = await (url === config ? configuration() : document(url)).catch((error: unknown) => {
      fault ??= error
      return null
    })
    if (made === null) return void (await session.send('Fetch.failRequest', { requestId, errorReason: 'Failed' }))
    const { status, headers, body } = made
    const responseHeaders = Object.entries(headers).map(([name, value]) => ({ name, value }))
    await session.send('Fetch.fulfillRequest', { requestId, responseCode: status, responseHeaders, body: Buffer.from(body).toString('base64') })
  }
  const configuration = async (): Promise<Answer> => (removed ? { status: 404, headers: {}, body: 'gone' } : { status: 200, headers: JSON_HEADERS, body: text ?? JSON.stringify(await read()) })
  // A server names the origins of its config.json in the page's policy; this one's may be others.
  const document = async (url: string): Promise<Answer> => {
    const answered = await fetch(url)
    const { [ENCODING]: _, [LENGTH]: __, ...headers } = Object.fromEntries(answered.headers)
    const origins = originsIn(await read().catch(() => ({}))).map((each) => new URL(each).origin)
    const policy = headers[POLICY]?.replace(/connect-src [^;]*/, `$& ${origins.join(' ')}`)
    return { status: answered.status, headers: change(policy === undefined ? headers : { ...headers, [POLICY]: policy }), body: await answered.text() }
  }
  // The page may be closed in the middle of it.
  session.on('Fetch.requestPaused', (paused) => void answer(paused).catch(() => undefined))
  // Not by `page.route`, which stops each of the page's requests to ask whether it is one of these.
  await session.send('Fetch.enable', { patterns: [{ urlPattern: new URL(pageUrl).href, resourceType: 'Document' }, { urlPattern: config }] })
  return {
    set: (more) => {
      parts = { ...parts, ...more, chain: { ...objectOf(parts['chain']), ...objectOf(more['chain']) } }
    },
    replace: (with_) => {
      text = with_
    },
    remove: () => {
      removed = true
    },
    headers: (with_) => {
      change = with_
    },
    read,
    fault: () => fault,
  }
}

/** Everything a config.json lets the page talk to. */
export function originsIn(config: Readonly<Record<string, unknown>>): readonly string[] {
  return [objectOf(config['chain'])['rpcs'], config['nodes'], config['indexer'], config['documents']].flat(2).filter((url): url is string => typeof url === 'string' && URL.canParse(url))
}
