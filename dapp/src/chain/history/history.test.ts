import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { Hex } from 'viem'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Config } from '../../config/schema'
import type { Chain } from '../chain'
import { readClient } from '../clients'
import type { RpcRequest, TestRpc } from '../testRpc'
import { startTestRpc } from '../testRpc'
import { events } from './history'
import { newLogMemory } from './memory'

const hash = (of: number): Hex => `0x${of.toString(16).padStart(64, '0')}`
const contract = (of: number) => ({ address: `0x${of.toString(16).padStart(40, '0')}`, codeHash: hash(1) }) as const

let indexer: Server
let rpc: TestRpc
let chain: Chain
/** What the indexer says to a page's cursor. */
let told: (after: string | null) => object

/** A chain of blocks 0 to 9 without logs. */
function reply({ method, params: [number] }: RpcRequest) {
  if (method === 'eth_getLogs') return { result: [] }
  return { result: Number(number) > 9 ? null : { hash: hash(Number(number)), number, transactions: [] } }
}

beforeEach(async () => {
  rpc = await startTestRpc()
  rpc.reply = reply
  indexer = createServer(({ url }, response) => {
    const after = new URL(url ?? '', 'http://indexer').searchParams.get('after')
    response.end(JSON.stringify({ events: [], next: null, chainId: 31337, ...told(after) }))
  })
  await new Promise<void>((resolve) => indexer.listen(0, '127.0.0.1', resolve))
  const address = indexer.address()
  const config: Config = {
    chain: { id: 31337, name: 'Anvil', rpcs: [rpc.url], explorer: null, confirmations: 2 },
    contracts: {
      FleetRegistry: contract(1),
      StablecoinRegistry: contract(2),
      NodeSet: contract(3),
      NodeBonds: contract(4),
      MeterOracle: contract(5),
      CapacityLease: contract(6),
      RevenueFactory: contract(7),
      OracleFees: contract(8),
      PrimarySale: contract(9),
    },
    deployedAt: 1n,
    nodes: [],
    indexer: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    documents: [],
  }
  const block = { number: 9n, hash: hash(9), timestamp: 1_791_000_000n }
  chain = { config, block, rpc: rpc.url, client: readClient(config.chain, rpc.url, false), memory: newLogMemory(), historyCameFrom: () => undefined }
})

afterEach(async () => {
  await rpc.stop()
  await new Promise<void>((resolve) => void indexer.close(() => resolve()))
})

const sourceOf = async () => (await events(chain, { contracts: ['CapacityLease'] })).source

test.each<[string, object, string]>([
  ['of this chain', { until: '7', untilHash: hash(7) }, 'indexer'],
  ['of final blocks', { until: '7', untilHash: null }, 'indexer'],
  ['of the block that is asked for', { until: '9', untilHash: hash(9) }, 'indexer'],
  ['of a block that the RPC does not have yet', { until: '12', untilHash: hash(12) }, 'indexer'],
  ['of a block that was replaced', { until: '7', untilHash: hash(107) }, 'logs'],
  ['of another block than the one asked for', { until: '9', untilHash: hash(109) }, 'logs'],
])('what the indexer says %s is used, or read from logs instead', async (_, said, source) => {
  told = () => said
  expect(await sourceOf()).toBe(source)
})

test('every page must be of this chain, though the newest block has the same number', async () => {
  told = (after) => (after === null ? { next: '3:0', until: '7', untilHash: hash(107) } : { until: '7', untilHash: hash(7) })
  expect(await sourceOf()).toBe('logs')
})
