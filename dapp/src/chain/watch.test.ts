import { afterEach, expect, test, vi } from 'vitest'
import type { Config } from '../config/schema'
import { pick } from './pick'
import type { Polled } from './rpcPoll'
import type { RpcStatus } from './head'
import type { TestRpc } from './testRpc'
import { startTestRpc } from './testRpc'
import type { ChainWatch, WatchTimes } from './watch'
import { watchChain } from './watch'

vi.setConfig({ testTimeout: 60_000 })

/** The machine may be busy with others. */
const until = (holds: () => unknown): Promise<unknown> => vi.waitFor(holds, { timeout: 15_000 })

const hash = `0x${'ab'.repeat(32)}` as const
const at = `0x${'11'.repeat(20)}` as const
const contract = { address: at, codeHash: hash }
const TIMES: WatchTimes = { poll: 20, stale: 60_000 }

const stops: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

function configOf(rpcs: readonly string[], id: number): Config {
  return {
    chain: { id, name: 'Test', rpcs, explorer: null, confirmations: 2 },
    contracts: contracts(),
    deployedAt: 1n,
    nodes: [],
    indexer: null,
    documents: [],
  }
}

function contracts(): Config['contracts'] {
  const c = contract
  const rest = { CapacityLease: c, RevenueFactory: c, OracleFees: c, PrimarySale: c }
  return { FleetRegistry: c, StablecoinRegistry: c, NodeSet: c, NodeBonds: c, MeterOracle: c, ...rest }
}

/** An RPC with a head that the test moves. */
async function rpcAt(chainId: number, height: number, timestamp: number) {
  const rpc = await startTestRpc()
  stops.push(rpc.stop)
  const head = { chainId, height, timestamp, rpc }
  rpc.reply = ({ method }) => {
    if (method === 'eth_chainId') return { result: `0x${head.chainId.toString(16)}` }
    if (method === 'eth_getCode') return { result: '0x' }
    if (method !== 'eth_getBlockByNumber') return { error: { code: -32601, message: 'no' } }
    return { result: blockOf(head.height, head.timestamp) }
  }
  return head
}

function blockOf(height: number, timestamp: number) {
  const hash = `0x${height.toString(16).padStart(64, '0')}`
  return { number: `0x${height.toString(16)}`, hash, timestamp: `0x${timestamp.toString(16)}`, transactions: [] }
}

function watch(rpcs: readonly { readonly rpc: TestRpc }[], id = 31337, deps: Parameters<typeof watchChain>[1] = {}): ChainWatch {
  const urls = rpcs.map(({ rpc }) => rpc.url)
  const watching = watchChain(configOf(urls, id), { times: TIMES, ...deps })
  stops.push(watching.stop)
  return watching
}

test('the freshest RPC on the right chain is read from; those that hang, are elsewhere or no RPC are named', async () => {
  const rpcs = [await rpcAt(31337, 5, 100), await rpcAt(31337, 9, 140), await rpcAt(1, 99, 990), await rpcAt(31337, 50, 0), await rpcAt(31337, 50, 0)]
  const [, , , hanging, html] = rpcs
  if (hanging === undefined || html === undefined) throw new Error('no RPCs')
  hanging.rpc.instead = 'hang'
  html.rpc.instead = { status: 200, body: '<html>A wonderful website</html>' }
  const watching = watch(rpcs)
  await until(() => {
    const { head, chain } = watching.state()
    expect(head).toMatchObject({ number: 9n, timestamp: 140n, state: 'live', rpc: rpcs[1]?.rpc.url })
    expect(chain).toMatchObject({ rpc: rpcs[1]?.rpc.url, block: { number: 9n } })
    expect(head?.rpcs.map(({ fault }) => fault).filter((_, index) => index !== 3)).toEqual([null, null, 'wrongChain', expect.stringMatching(/malformed|unreachable/)])
  })
  expect(watching.state().head?.now()).toBe(140n)
})

test('each poll is one HTTP request', async () => {
  const one = await rpcAt(31337, 5, 100)
  const watching = watch([one])
  await until(() => expect(watching.state().head).not.toBeNull())
  expect(one.rpc.requests.length / one.rpc.posts).toBe(3)
})

test('listeners hear of a new head and of nothing else, and see the same objects until then', async () => {
  const one = await rpcAt(31337, 5, 100)
  const watching = watch([one])
  await until(() => expect(watching.state().head).not.toBeNull())
  const heard: (bigint | undefined)[] = []
  watching.subscribe(() => heard.push(watching.state().head?.number))
  const before = watching.state()
  const { posts } = one.rpc
  await until(() => expect(one.rpc.posts).toBeGreaterThan(posts + 4))
  expect([watching.state() === before, heard]).toEqual([true, []])
  one.height = 6
  await until(() => expect(heard).toEqual([6n]))
})

test('an RPC that goes away is left for the next, its return is seen, and with none the chain is lost and then live again', async () => {
  const [one, two] = [await rpcAt(31337, 9, 100), await rpcAt(31337, 9, 100)]
  const watching = watch([one, two])
  await until(() => expect(watching.state().head?.rpc).toBe(one.rpc.url))
  one.rpc.instead = { status: 502, body: '' }
  await until(() => expect(watching.state().head).toMatchObject({ rpc: two.rpc.url, state: 'live' }))
  expect(watching.state().rpcs[0]?.fault).toBe('unreachable')
  two.rpc.instead = { status: 502, body: '' }
  await until(() => expect(watching.state().head).toMatchObject({ number: 9n, state: 'lost' }))
  one.rpc.instead = null
  one.height = 10
  await until(() => expect(watching.state().head).toMatchObject({ number: 10n, state: 'live', rpc: one.rpc.url }))
})

/** What an RPC says at each poll, one after the other, and how long it takes; the last again and again. */
function scripted(said: readonly { readonly ok: boolean; readonly after?: number }[]) {
  let turn = 0
  const ask = async (): Promise<Polled> => {
    const { ok, after = 0 } = said[Math.min(turn, said.length - 1)] ?? { ok: false }
    turn += 1
    await new Promise((resolve) => setTimeout(resolve, after))
    return ok ? { ok, chainId: 31337, block: { number: 5n, hash, timestamp: 100n }, hasMulticall: false } : { ok, fault: 'timedOut', chainId: null }
  }
  return { ask, turns: () => turn }
}

/** Every state that a chain went through, on these RPCs, at the page's own pace. */
async function statesOf(id: number, milliseconds: number, ...said: readonly ReturnType<typeof scripted>[]): Promise<readonly (string | undefined)[]> {
  vi.useFakeTimers()
  try {
    const began = Date.now()
    const watching = watchChain(configOf(said.map((_, index) => `http://${index}`), id), {
      clock: () => 100_000 + Date.now() - began,
      pollWith: (url) => said[Number(url.slice('http://'.length))]?.ask ?? (() => Promise.reject(new Error(url))),
    })
    const states: (string | undefined)[] = []
    watching.subscribe(() => states.push(watching.state().head?.state))
    await vi.advanceTimersByTimeAsync(milliseconds)
    watching.stop()
    return states.filter((state, index) => state !== states[index - 1])
  } finally {
    vi.useRealTimers()
  }
}

test.each([31337, 8453])('one answer that is slow, or that does not come, does not make chain %i lost', async (id) => {
  const slow = scripted([{ ok: true }, { ok: true, after: 4_900 }, { ok: false, after: 5_000 }, { ok: true, after: 4_900 }, { ok: true }])
  expect(await statesOf(id, 45_000, slow)).toEqual(['live'])
  expect(slow.turns()).toBeGreaterThan(4)
})

test('a simulated chain whose only RPC refuses connections is lost within five seconds; with another that answers it is not', async () => {
  const refused = [{ ok: true }, { ok: false }]
  expect(await statesOf(31337, 5_000, scripted(refused))).toEqual(['live', 'lost'])
  expect(await statesOf(31337, 45_000, scripted(refused), scripted([{ ok: true }]))).toEqual(['live'])
  expect(await statesOf(31337, 20_000, scripted([{ ok: true }, { ok: false }, { ok: false }, { ok: true }]))).toEqual(['live', 'lost', 'live'])
})

test('a simulated chain is stale when no new head was seen for long, whatever its own time is', async () => {
  const one = await rpcAt(31337, 5, 4_000_000_000)
  let now = 1_000_000
  const watching = watch([one], 31337, { clock: () => now })
  await until(() => expect(watching.state().head?.state).toBe('live'))
  now += 60_001
  await until(() => expect(watching.state().head?.state).toBe('stale'))
  expect(watching.state().head?.now()).toBe(4_000_000_000n)
  one.height = 6
  await until(() => expect(watching.state().head).toMatchObject({ number: 6n, state: 'live' }))
})

test('a real chain is stale when its head is old by the machine’s clock, and its time goes on between heads', async () => {
  const one = await rpcAt(8453, 5, 1_000)
  let now = 1_010_000
  const watching = watch([one], 8453, { clock: () => now })
  await until(() => expect(watching.state().head?.state).toBe('live'))
  now += 12_500
  expect(watching.state().head?.now()).toBe(1_012n)
  now += 60_000
  await until(() => expect(watching.state().head?.state).toBe('stale'))
})

test('a block of the same number and another hash is another head', async () => {
  const one = await rpcAt(31337, 5, 100)
  const watching = watch([one])
  await until(() => expect(watching.state().head).not.toBeNull())
  const { reply } = one.rpc
  const other = { ...blockOf(5, 101), hash: `0x${'cd'.repeat(32)}` }
  one.rpc.reply = (request) => (request.method === 'eth_getBlockByNumber' ? { result: other } : reply(request))
  await until(() => expect(watching.state().chain?.block).toEqual({ number: 5n, hash: other.hash, timestamp: 101n }))
})

test('after it was stopped nothing is asked', async () => {
  const one = await rpcAt(31337, 5, 100)
  const watching = watch([one])
  await until(() => expect(watching.state().head).not.toBeNull())
  watching.stop()
  await new Promise((resolve) => setTimeout(resolve, 100))
  const { posts } = one.rpc
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(one.rpc.posts).toBe(posts)
})

test('the RPC in use is kept while it is at most a block behind', () => {
  const status = (url: string, height: bigint, fault: RpcStatus['fault'] = null): RpcStatus => {
    return { url, fault, chainId: 1, block: { number: height, hash, timestamp: 0n } }
  }
  expect(pick([status('a', 9n), status('b', 10n)], 'a')?.url).toBe('a')
  expect(pick([status('a', 8n), status('b', 10n)], 'a')?.url).toBe('b')
  expect(pick([status('a', 10n), status('b', 10n)], null)?.url).toBe('a')
  expect(pick([status('a', 10n, 'timedOut'), status('b', 1n)], 'a')?.url).toBe('b')
  expect(pick([status('a', 10n, 'timedOut')], 'a')).toBeNull()
})
