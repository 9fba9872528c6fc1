import type { BrowserContext, ConsoleMessage, Request } from '@playwright/test'

/** What nobody may see in any test, collected over all pages of a browser context. */
export interface Guard {
  /** What was found and not expected, in order. */
  readonly problems: () => readonly string[]
  /** Hands out what was found until now and forgets it: for tests of the guard itself. */
  readonly take: () => readonly string[]
  /** A problem that the test is about. It has to happen: one that was expected and never came is a problem too. */
  readonly expect: (pattern: RegExp) => void
  /** Lets the page talk to the origin of `url`. */
  readonly allowOrigin: (url: string) => void
  /** The browser itself tells the console of a fetch that failed: for URLs under `prefix`, a proxy that a test breaks, that is no fault of the page. */
  readonly allowFailures: (prefix: string) => void
}

const REPORT = '__wellheadPolicyReport'
/** As Chromium words it; the URL is in the message's location. */
const FAILED_FETCH = /^Failed to load resource: |^Access to fetch at /

/** Watches a context from before its first page: console errors and warnings, uncaught errors, reports of the content policy, requests to other origins. */
export async function guardContext(context: BrowserContext): Promise<Guard> {
  const found: string[] = []
  const expected: { readonly pattern: RegExp; seen: boolean }[] = []
  const origins = new Set<string>()
  const failing: string[] = []

  const note = (problem: string): void => {
    const match = expected.find(({ pattern }) => pattern.test(problem))
    if (match === undefined) found.push(problem)
    else match.seen = true
  }
  const isFailedFetch = (message: ConsoleMessage): boolean =>
    FAILED_FETCH.test(message.text()) && failing.some((prefix) => message.location().url.startsWith(prefix) || message.text().includes(prefix))

  context.on('console', (message) => {
    if ((message.type() === 'error' || message.type() === 'warning') && !isFailedFetch(message)) note(`console ${message.type()}: ${message.text()} (${message.location().url})`)
  })
  context.on('weberror', (error) => note(`page error: ${String(error.error())}`))
  context.on('request', (request: Request) => {
    const url = new URL(request.url())
    if ((url.protocol === 'http:' || url.protocol === 'https:' || url.protocol === 'ws:' || url.protocol === 'wss:') && !origins.has(url.origin)) note(`request to another origin: ${url.href}`)
  })
  await context.exposeBinding(REPORT, (_source, report: string) => note(`content policy: ${report}`))
  await context.addInitScript((binding) => {
    document.addEventListener('securitypolicyviolation', (event) => {
      const tell: unknown = Reflect.get(window, binding)
      const report = `${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile ?? ''}:${event.lineNumber} ${event.sample ?? ''}`
      if (typeof tell === 'function') tell(report)
    })
  }, REPORT)

  return {
    problems: () => [...found, ...expected.filter(({ seen }) => !seen).map(({ pattern }) => `expected and never came: ${pattern}`)],
    take: () => found.splice(0),
    expect: (pattern) => expected.push({ pattern, seen: false }),
    allowOrigin: (url) => origins.add(new URL(url).origin),
    allowFailures: (prefix) => failing.push(prefix),
  }
}
