import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { getAddress } from 'viem'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Config } from '../../config/schema'
import { CONTRACT_NAMES } from '../../config/schema'
import { eventsFromIndexer } from './indexer'

const at = (index: number) => getAddress(`0x${(index + 1).toString(16).padStart(40, '0')}`)
const hash = `0x${'ab'.repeat(32)}` as const
const config: Config = {
  chain: { id: 31337, name: 'Anvil', rpcs: ['http://127.0.0.1:1'], explorer: null, confirmations: 2 },
  contracts: {
    FleetRegistry: { address: at(0), codeHash: hash },
    StablecoinRegistry: { address: at(1), codeHash: hash },
    NodeSet: { address: at(2), codeHash: hash },
    NodeBonds: { address: at(3), codeHash: hash },
    MeterOracle: { address: at(4), codeHash: hash },
    CapacityLease: { address: at(5), codeHash: hash },
    RevenueFactory: { address: at(6), codeHash: hash },
    OracleFees: { address: at(7), codeHash: hash },
    PrimarySale: { address: at(8), codeHash: hash },
  },
  deployedAt: 1n,
  nodes: [],
  indexer: null,
  documents: [],
}

let server: Server
let url: string
let asked: URL[]
let answer: (url: URL) => string

beforeEach(async () => {
  asked = []
  server = createServer((request, response) => {
    const at = new URL(request.url ?? '', 'http://indexer')
    asked.push(at)
    response.writeHead(200, { 'content-type': 'application/json' }).end(answer(at))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
})

afterEach(() => new Promise<void>((resolve) => void server.close(() => resolve())))

const allocated = (changes: object = {}, args: object = {}) => ({
  contract: 'CapacityLease',
  address: at(5),
  name: 'Allocated',
  block: '7',
  time: '1791000000',
  tx: hash,
  logIndex: 2,
  args: { leaseId: '3', version: '1', bodyHash: hash, ...args },
  ...changes,
})

const page = (events: readonly object[], changes: object = {}) => JSON.stringify({ events, next: null, until: '9', untilHash: null, chainId: 31337, ...changes })

test('pages are followed to the last, by what each says comes next', async () => {
  answer = ({ searchParams }) =>
    searchParams.get('after') === null ? page([allocated()], { next: '7:2' }) : page([allocated({ logIndex: 3 })], { until: '11' })
  const subject = { fleet: 1n, lease: 3n, account: at(20) }
  const said = await eventsFromIndexer(config, url, { contracts: ['CapacityLease', 'PrimarySale'], names: ['Allocated'], subject })
  expect(said).toMatchObject({ ok: true, value: { until: 9n } })
  expect(said.ok && said.value.events.map(({ logIndex, args }) => [logIndex, args])).toEqual([
    [2, { leaseId: 3n, version: 1n, bodyHash: hash }],
    [3, { leaseId: 3n, version: 1n, bodyHash: hash }],
  ])
  expect(asked[0]?.search).toBe(`?contract=CapacityLease&contract=PrimarySale&name=Allocated&fleet=1&lease=3&account=${at(20).toLowerCase()}&limit=1000`)
  expect(asked[1]?.searchParams.get('after')).toBe('7:2')
})

test('the blocks that the pages were read at are told of once each', async () => {
  const [first, second] = [`0x${'01'.repeat(32)}`, `0x${'02'.repeat(32)}`]
  const pages = [page([], { next: '1:0', untilHash: first }), page([], { next: '2:0', untilHash: first }), page([], { until: '10', untilHash: second })]
  answer = () => pages[asked.length - 1] ?? ''
  const said = await eventsFromIndexer(config, url, {})
  expect(said.ok && said.value.readAt).toEqual([
    { number: 9n, hash: first },
    { number: 10n, hash: second },
  ])
  asked = []
  answer = () => page([], { untilHash: null })
  expect(await eventsFromIndexer(config, url, {})).toMatchObject({ ok: true, value: { until: 9n, readAt: [] } })
})

test.each<[string, () => string, string]>([
  ['another chain', () => page([], { chainId: 1 }), 'wrongChain'],
  ['HTML', () => '<html>', 'notJson'],
  ['another shape', () => JSON.stringify({ rows: [] }), 'malformed'],
  ['an event that no ABI has', () => page([allocated({ name: 'Hacked' })]), 'malformed'],
  ['an event of another address', () => page([allocated({ address: at(6) })]), 'malformed'],
  ['an argument that is missing', () => page([allocated({ args: { leaseId: '3' } })]), 'malformed'],
  ['a number that is a JSON number', () => page([allocated({}, { leaseId: 3 })]), 'malformed'],
  ['a number that does not fit', () => page([allocated({}, { version: String(2 ** 32) })]), 'malformed'],
  ['a negative number', () => page([allocated({}, { leaseId: '-1' })]), 'malformed'],
  ['a hash that is too short', () => page([allocated({}, { bodyHash: '0xab' })]), 'malformed'],
  ['a block that is no hash', () => page([], { untilHash: '0x12' }), 'malformed'],
  ['pages without end', () => page([], { next: 'again' }), 'endless'],
])('an indexer that answers with %s is not used', async (_, said, why) => {
  answer = said
  expect(await eventsFromIndexer(config, url, {})).toEqual({ ok: false, error: why })
})

test('the names of the contracts are those of the configuration', () => {
  expect(Object.keys(config.contracts)).toEqual([...CONTRACT_NAMES])
})
