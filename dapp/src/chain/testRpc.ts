/** Test support: a real HTTP server between the page and an RPC, which counts and can be told to misbehave. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'

export interface RpcRequest {
  readonly id: unknown
  readonly method: string
  readonly params: readonly unknown[]
}

/** One answer: a result, an error, or what the RPC behind says. */
export type Reply = { readonly result: unknown } | { readonly error: { readonly code: number; readonly message: string; readonly data?: string } } | 'forward'

export interface TestRpc {
  readonly url: string
  /** Every request, whether alone or in a batch. */
  readonly requests: RpcRequest[]
  /** HTTP requests. */
  posts: number
  /** Looks at each request first; by default all go on. */
  reply: (request: RpcRequest) => Reply
  /** Changes what the RPC behind said. */
  bend: (request: RpcRequest, result: unknown) => unknown
  /** Answers everything with this instead of JSON-RPC: nothing at all for `hang`. */
  instead: null | 'hang' | { readonly status: number; readonly body: string }
  stop(): Promise<void>
}

/** Listens on a free port of loopback. */
export async function startTestRpc(behind: string | null = null): Promise<TestRpc> {
  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const rpc: TestRpc = {
    url: `http://127.0.0.1:${port}`,
    requests: [],
    posts: 0,
    reply: () => 'forward',
    bend: (_, result) => result,
    instead: null,
    stop: async () => {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Uint8Array[] = []
    for await (const chunk of request) chunks.push(chunk)
    rpc.posts += 1
    if (rpc.instead === 'hang') return
    if (rpc.instead !== null) {
      response.writeHead(rpc.instead.status).end(rpc.instead.body)
      return
    }
    const asked: RpcRequest | RpcRequest[] = JSON.parse(Buffer.concat(chunks).toString())
    const said = Array.isArray(asked) ? await Promise.all(asked.map(one)) : await one(asked)
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(said))
  }

  async function one(request: RpcRequest): Promise<unknown> {
    rpc.requests.push(request)
    const reply = rpc.reply(request)
    if (reply !== 'forward') return { jsonrpc: '2.0', id: request.id, ...reply }
    if (behind === null) return { jsonrpc: '2.0', id: request.id, error: { code: -32601, message: 'no such method' } }
    const body = JSON.stringify({ ...request, jsonrpc: '2.0' })
    const answer = await fetch(behind, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    const said: { result?: unknown } = await answer.json()
    return 'result' in said ? { ...said, result: rpc.bend(request, said.result) } : said
  }

  return rpc
}
