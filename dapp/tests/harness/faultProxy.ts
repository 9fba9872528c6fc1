import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { objectOf } from './json'

/** Changes an answer on its way: `asked` is an RPC's method or an API's path with its query. */
export type Change = (asked: string, answer: unknown) => unknown

type Mode = { readonly kind: 'pass' } | { readonly kind: 'down' } | { readonly kind: 'slow'; readonly ms: number } | { readonly kind: 'stale' } | { readonly kind: 'lie'; readonly change: Change }

/** Stands between the page and one RPC or API, for one test, and does to its answers what the test says. */
export interface FaultProxy {
  /** What config.json names instead of the real one; no slash at its end. */
  readonly url: string
  readonly pass: () => void
  /** Connections are cut without an answer. */
  readonly down: () => void
  readonly slow: (ms: number) => void
  /** Time stands still for an RPC: its head stays where it is now. */
  readonly stale: () => Promise<void>
  readonly lie: (change: Change) => void
  /** What was asked, oldest first, by method or path. */
  readonly asked: readonly string[]
  readonly close: () => Promise<void>
}

/** Starts a proxy on a free port of loopback. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  let mode: Mode = { kind: 'pass' }
  /** Of an RPC that stands still. */
  let head: string | undefined
  const asked: string[] = []

  const server = createServer((request, response) => {
    answer(request, response).catch(() => request.socket.destroy())
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const sent = await bodyOf(request)
    const path = request.url ?? '/'
    if (request.method !== 'OPTIONS') asked.push(...questionsIn(request.method, path, sent))
    const now = mode
    if (now.kind === 'down') {
      request.socket.destroy()
      return
    }
    if (now.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, now.ms))
    const real = await forward(target, request, path, now.kind === 'stale' ? await atHead(sent) : sent)
    response.writeHead(real.status, real.headers)
    response.end(now.kind === 'pass' || now.kind === 'slow' || request.method === 'OPTIONS' ? real.body : changed(now, path, sent, real.body))
  }

  /** A stale RPC still answers, about the head it has: `latest` becomes that block. */
  async function atHead(sent: string): Promise<string> {
    return sent.replaceAll(/"(?:latest|pending|safe|finalized)"/g, JSON.stringify(await headOf()))
  }

  async function headOf(): Promise<string> {
    if (head !== undefined) return head
    const body = await fetch(target, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":[]}' })
    head = String(objectOf(await body.json())['result'])
    return head
  }

  function changed(now: Mode, path: string, sent: string, body: string): string {
    if (now.kind === 'lie') return lied(now.change, path, sent, body)
    return lied((method, result) => (method === 'eth_blockNumber' ? head : result), path, sent, body)
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const become = (next: Mode): void => {
    mode = next
    head = undefined
  }
  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    pass: () => become({ kind: 'pass' }),
    down: () => {
      become({ kind: 'down' })
      server.closeAllConnections()
    },
    slow: (ms) => become({ kind: 'slow', ms }),
    stale: async () => {
      become({ kind: 'stale' })
      // The head is that of this moment, not that of the page's next question.
      await headOf()
    },
    lie: (change) => become({ kind: 'lie', change }),
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function forward(target: string, request: IncomingMessage, path: string, body: string): Promise<{ status: number; headers: Record<string, string>; body: string }> {
  const method = request.method ?? 'GET'
  const headers = Object.fromEntries(['content-type', 'accept', 'origin', 'access-control-request-method', 'access-control-request-headers'].flatMap((name) => {
    const value = request.headers[name]
    return typeof value === 'string' ? [[name, value]] : []
  }))
  const answer = await fetch(`${target.replace(/\/$/, '')}${path}`, { method, headers, ...(body === '' ? {} : { body }) })
  const kept = [...answer.headers].filter(([name]) => name === 'content-type' || name === 'vary' || name.startsWith('access-control-'))
  return { status: answer.status, headers: Object.fromEntries(kept), body: await answer.text() }
}

/** The answer with each result changed: of an API the whole, of an RPC the `result` of each call. */
function lied(change: Change, path: string, sent: string, body: string): string {
  const calls = callsIn(sent)
  if (calls === null) return JSON.stringify(change(path, JSON.parse(body)))
  const answers: unknown = JSON.parse(body)
  const one = (answer: unknown): unknown => {
    const { id, result } = objectOf(answer)
    const call = calls.find((each) => each.id === id)
    return call === undefined || result === undefined ? answer : { ...objectOf(answer), result: change(call.method, result) }
  }
  return JSON.stringify(Array.isArray(answers) ? answers.map(one) : one(answers))
}

function questionsIn(method: string | undefined, path: string, sent: string): readonly string[] {
  return callsIn(sent)?.map((call) => call.method) ?? [method === 'GET' ? path : `${method ?? ''} ${path}`]
}

function callsIn(sent: string): readonly { readonly id: unknown; readonly method: string }[] | null {
  if (!sent.includes('"jsonrpc"')) return null
  const calls: unknown = JSON.parse(sent)
  return (Array.isArray(calls) ? calls : [calls]).map((call: unknown) => ({ id: objectOf(call)['id'], method: String(objectOf(call)['method']) }))
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString('utf8')
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  return address.port
}
