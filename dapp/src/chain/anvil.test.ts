import { createServer } from 'node:http'
import type { Address, Hex } from 'viem'
import { createTestClient, encodeErrorResult, encodeFunctionData, getAddress, http, keccak256, zeroHash } from 'viem'
import { getBlock } from 'viem/actions'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { objectToJson } from '../../../indexer/src/json'
import { subjectsOf } from '../../../indexer/src/subjects'
import { fleetRegistryAbi } from './abi/FleetRegistry'
import { fleetShareAbi } from './abi/FleetShare'
import { meterOracleAbi } from './abi/MeterOracle'
import { primarySaleAbi } from './abi/PrimarySale'
import type { Chain } from './chain'
import { checkDeployment } from './checkDeployment'
import { chainFault } from './fault'
import { clonesOf } from './history/clones'
import { eventNamed } from './history/decode'
import type { Asked, ChainEvent } from './history/events'
import { isEvent } from './history/events'
import { events } from './history/history'
import { newLogMemory } from './history/memory'
import { isAbout } from './history/subject'
import { hexOf } from './proof/bytes'
import { checkReading } from './proof/checkReading'
import { meterLeaf } from './proof/merkle'
import { meterIdParts } from './proof/meterId'
import { flagNames, trustLevel, unpackReading } from './proof/reading'
import type { SaidReading } from './proof/said'
import { readFleet, readFleetList, readFleets, readFleetsOf } from './read/fleets'
import { readCover, readLease, readLeases, readLeasesOf, runwayFor } from './read/leases'
import { readNodes } from './read/nodes'
import { readOracle, readStanding } from './read/oracle'
import { gatherFacts } from './read/proof'
import { readHoldings } from './read/revenue'
import { readBooking, readBookings, readSale, readSales } from './read/sales'
import { readAllowance, readBalance, readToken } from './read/tokens'
import { putMulticall, takeMulticall } from './testMulticall'
import type { TestRpc } from './testRpc'
import { startTestRpc } from './testRpc'
import type { World } from './testWorld'
import { chainAt, startWorld } from './testWorld'

vi.setConfig({ testTimeout: 30_000 })

const USD = 10n ** 6n
let world: World
let rpc: TestRpc
let chain: Chain

beforeAll(async () => {
  world = await startWorld()
  rpc = await startTestRpc(world.url)
}, 180_000)

afterAll(async () => {
  await rpc?.stop()
  await world?.stop()
})

beforeEach(async () => {
  rpc.reply = () => 'forward'
  rpc.bend = (_, result) => result
  rpc.instead = null
  chain = await chainAt(world.config, rpc.url)
  rpc.posts = 0
  rpc.requests.length = 0
})

function person(index: number) {
  const address = world.facts.people[index]
  if (address === undefined) throw new Error('no such person')
  return address
}

test('fleets are read with terms, operator, currency and account; a fleet of nonsense spoils nothing', async () => {
  const fleets = await readFleets(chain)
  expect(fleets.map(({ fleetId, status, operator, spec }) => [fleetId, status, operator, spec.model, spec.site])).toEqual([
    [1n, 'delisted', person(2), 'H100', 'Reno'],
    [2n, 'listed', person(2), 'A100', 'Oslo'],
    [3n, 'proposed', person(9), '\uFFFD\uFFFD\uFFFD\uFFFD', 'Nowhere'],
  ])
  expect(fleets[0]?.spec).toMatchObject({ listRate: 2_500_000n, units: 8n, boardWatts: 700, availabilityBps: 9_900, notice: 7_200n })
  expect(fleets[1]?.token).toMatchObject({ address: world.facts.usd, decimals: 6 })
  expect(fleets[2]).toMatchObject({ token: null, revenue: null, unitsFree: 1n })
  expect(fleets[1]?.account.bond).toBe(3n * USD)
})

test('all fleets take at most four round trips, and every read is at one block', async () => {
  await readFleets(chain)
  expect(rpc.posts).toBeLessThanOrEqual(4)
  const blocks = rpc.requests.filter(({ method }) => method === 'eth_call').map(({ params }) => params[1])
  expect(blocks.length).toBeGreaterThan(10)
  expect(new Set(blocks)).toEqual(new Set([`0x${chain.block.number.toString(16)}`]))
})

test('with Multicall3 on the chain the same is read in fewer requests', async () => {
  await putMulticall(world.url)
  try {
    const alone = await askedFor(false)
    const together = await askedFor(true)
    expect(together.read).toEqual(alone.read)
    expect(together.requests).toBeLessThan(alone.requests / 4)
    expect(together.posts).toBeLessThanOrEqual(alone.posts)
  } finally {
    await takeMulticall(world.url)
  }

  async function askedFor(hasMulticall: boolean) {
    const at = await chainAt(world.config, rpc.url, hasMulticall)
    rpc.posts = 0
    rpc.requests.length = 0
    const read = [await readFleets(at), await readLeases(at), await readHoldings(at, person(7)), await readOracle(at)]
    return { read, requests: rpc.requests.length, posts: rpc.posts }
  }
})

test('one fleet comes with its inventory and its waterfall; what is no fleet is null', async () => {
  const fleet = await readFleet(chain, 1n)
  expect(fleet?.inventory).toEqual({ version: 1, root: `0x${'01'.repeat(32)}`, count: 64n })
  expect(fleet?.waterfall?.tranches.map(({ face, couponBps, symbol }) => [face, couponBps, symbol])).toEqual([
    [90_000n * USD, 800, 'WH1-S'],
    [10_000n * USD, 0, 'WH1-E'],
  ])
  expect(fleet?.waterfall?.terms).toMatchObject({ fleetId: 1n, period: 21_600n, tariffPerKWh: 180_000n, reserveTarget: 30n * USD })
  for (const none of [0n, 4n, -1n, 2n ** 48n, 2n ** 300n]) expect(await readFleet(chain, none)).toBeNull()
  expect((await readFleet(chain, 3n))?.waterfall).toBeNull()
})

test('leases are read newest first, in pages, with holder, reading and runway; what is no lease is null', async () => {
  const all = await readLeases(chain)
  expect(all.leases.map(({ leaseId }) => leaseId)).toEqual([3n, 2n, 1n])
  expect([all.total, all.next]).toEqual([3n, null])
  const page = await readLeases(chain, { count: 2 })
  expect([page.leases.map(({ leaseId }) => leaseId), page.next]).toEqual([[3n, 2n], 1n])
  expect((await readLeases(chain, { from: 1n })).leases.map(({ leaseId }) => leaseId)).toEqual([1n])
  const lease = await readLease(chain, 2n)
  expect(lease).toMatchObject({ holder: person(4), terms: { rate: 2_350_000n, units: 3n, fleetId: 1n }, account: { closed: true, settledEpoch: 45n } })
  const told = world.facts.readings.find(({ epoch, meterId }) => epoch === 45 && meterId === lease?.meterId)
  expect(lease?.readingWord).toBe(told?.reading)
  expect(lease?.reading).toEqual(unpackReading(told?.reading ?? 0n))
  for (const none of [0n, 4n, -1n, 2n ** 88n]) expect(await readLease(chain, none)).toBeNull()
  expect((await readLeasesOf(chain, person(4))).map(({ leaseId }) => leaseId)).toEqual([2n, 1n])
})

test('the runway of a request is the contract’s, and a fleet that is not listed refuses by name', async () => {
  const start = BigInt(world.facts.genesis) + 40n * 86_400n
  const request = { fleetId: 2n, units: 2n, start, end: start + 7_200n, rate: 1_100_001n }
  // Two hours are shorter than notice + 2L + D + dispute: ceil(2 x 1,100,001 x 7,200 / 3,600).
  expect(await runwayFor(chain, request)).toBe(4_400_004n)
  const refused = await runwayFor(chain, { ...request, fleetId: 1n }).catch(chainFault)
  expect(refused).toEqual({ code: 'chain.refused', args: { error: 'FleetRegistry_NotListed' } })
})

test('holdings are every share with a balance or a claim, and what a waterfall streams is what it says', async () => {
  const holdings = await readHoldings(chain, person(7))
  expect(holdings.map(({ fleetId, tranche }) => [fleetId, tranche.index])).toEqual([
    [1n, 0],
    [2n, 0],
  ])
  const senior = holdings[0]
  expect(senior?.balance).toBe(30_000n * USD + 1n + 11n * USD)
  expect(senior?.supply).toBe(90_000n * USD)
  expect(await readBalance(chain, senior?.tranche.share ?? '0x', person(7))).toBe(senior?.balance)
  expect(await readHoldings(chain, person(8))).toEqual([])
  const waterfall = (await readFleet(chain, 2n))?.waterfall
  const { stream, streamed } = waterfall?.tranches[0] ?? { stream: null, streamed: 0n }
  expect(streamed).toBeGreaterThanOrEqual(stream?.base ?? 0n)
  expect(waterfall?.nextDistributionAt).toBeGreaterThan(waterfall?.lastDistributedAt ?? 0n)
})

test('sales are read with their share’s place; bookings are the contract’s', async () => {
  const { total, sales: [sale, ...more] } = await readSales(chain)
  expect([total, more]).toEqual([1n, []])
  expect(sale).toMatchObject({ saleId: 1n, seller: person(6), price: 1_250_000n, sold: 1_000n * USD, left: 49_000n * USD })
  expect(sale).toMatchObject({ fleetId: 2n, tranche: 0, tranches: 1, face: 77_777n * USD, successful: true, shareSymbol: 'WH2-E' })
  expect(await readSale(chain, 2n)).toBeNull()
  expect(await readBooking(chain, 1n, person(3))).toEqual({ shares: 400n * USD, paid: 500n * USD })
  expect(await readBooking(chain, 1n, person(4))).toEqual({ shares: 0n, paid: 0n })
})

test('tokens say what they are; what is no token is none', async () => {
  const usd = getAddress(world.facts.usd)
  expect(await readToken(chain, usd)).toMatchObject({ symbol: expect.any(String), decimals: 6 })
  expect(await readToken(chain, person(0))).toBeNull()
  expect(await readToken(chain, world.config.contracts.FleetRegistry.address)).toBeNull()
  expect(await readAllowance(chain, usd, person(3), world.config.contracts.CapacityLease.address)).toBeGreaterThan(2n ** 200n)
})

test('the oracle and the nodes are read as they stand', async () => {
  const oracle = await readOracle(chain)
  expect(oracle).toMatchObject({ genesis: BigInt(world.facts.genesis), epochLength: 3600n, disputeWindow: 21_600n, headEpoch: 45n })
  expect(oracle.newestFinal?.epoch).toBe(45n)
  expect((await readStanding(chain, 45n))?.baseEpoch).toBe(33n)
  for (const none of [0n, 41n, 44n, 2n ** 64n]) expect(await readStanding(chain, none)).toBeNull()
  const set = await readNodes(chain, [getAddress(world.facts.usd)])
  expect(set.quorum).toBe(3)
  expect(set.nodes.map(({ joined, slashed }) => [joined, slashed])).toEqual([
    [true, 0],
    [true, 0],
    [false, 1],
    [false, 0],
  ])
  expect(set.nodes[0]?.bonds[0]?.bonded).toBe(2n ** 94n)
  const cover = await readCover(chain, getAddress(world.facts.usd))
  expect(cover.cover).toBe(set.covers[0]?.cover)
})

test('an RPC that fails is never taken for a contract that refuses', async () => {
  rpc.reply = ({ method }) => (method === 'eth_call' ? { error: { code: -32603, message: 'internal error' } } : 'forward')
  await expect(readLease(chain, 1n)).rejects.toThrow()
  await expect(readFleets(chain)).rejects.toThrow()
  await expect(readHoldings(chain, person(7))).rejects.toThrow()
  await expect(readToken(chain, getAddress(world.facts.usd))).rejects.toThrow()
  rpc.instead = { status: 502, body: '<html>Bad gateway</html>' }
  expect(await readLease(chain, 1n).catch(chainFault)).toMatchObject({ code: 'chain.unreachable', args: { url: rpc.url } })
})

test('the deployment is right as configured, and each contract that is another is named', async () => {
  expect(await checkDeployment(chain)).toEqual({ state: 'ok' })
  const { contracts } = chain.config
  const bent = {
    ...contracts,
    PrimarySale: { ...contracts.PrimarySale, codeHash: keccak256('0x00') },
    NodeSet: { ...contracts.NodeSet, address: person(5) },
  }
  const what = await checkDeployment({ ...chain, config: { ...chain.config, contracts: bent } })
  expect(what).toEqual({
    state: 'wrong',
    what: [
      { code: 'deployment.noCode', args: { contract: 'NodeSet', address: person(5) } },
      { code: 'deployment.wrongCode', args: { contract: 'PrimarySale', address: contracts.PrimarySale.address } },
    ],
  })
})

test('facts gathered from the chain verify every reading of every standing report, and no bent one', async () => {
  for (const told of world.facts.readings) {
    const facts = await gatherFacts(chain, BigInt(told.epoch))
    const asked = { meterId: told.meterId, epoch: BigInt(told.epoch) }
    const { verdict, firstFailure } = await checkReading(asked, saidOf(told, facts.standing), null, facts)
    expect({ verdict, firstFailure }).toEqual({ verdict: 'ok', firstFailure: null })
    const bent = { ...told, reading: told.reading ^ (1n << 200n) }
    expect((await checkReading(asked, saidOf(bent, facts.standing), null, facts)).verdict).toBe('failed')
  }
})

test('a report that was dropped, and an epoch without one, have nothing standing', async () => {
  for (const epoch of [41n, 44n]) {
    expect(await gatherFacts(chain, epoch)).toMatchObject({ standing: null, baseRoot: zeroHash, submission: null, signersSet: null })
  }
})

test('a report that the ring has forgotten is found by its event', async () => {
  const whole = await gatherFacts(chain, 19n)
  const standing = encodeFunctionData({ abi: meterOracleAbi, functionName: 'standing', args: [19n] })
  const data = encodeErrorResult({ abi: meterOracleAbi, errorName: 'MeterOracle_UnknownReport', args: [19n] })
  const unknown = { error: { code: 3, message: 'execution reverted', data } }
  rpc.reply = ({ method, params }) => (method === 'eth_call' && textOf(params[0], 'data') === standing ? unknown : 'forward')
  expect(await readStanding(chain, 19n)).toBeNull()
  expect(await gatherFacts(await chainAt(world.config, rpc.url), 19n)).toEqual(whole)
})

test('history from logs is every log of every contract, in order, with its block’s time', async () => {
  const history = await events(chain)
  expect(history).toMatchObject({ source: 'logs', until: chain.block.number })
  expect(history.events).toHaveLength(world.facts.logs)
  expect(history.events).toEqual([...history.events].sort((a, b) => Number(a.block - b.block) || a.logIndex - b.logIndex))
  const opened = history.events.filter(isEvent('CapacityLease', 'LeaseOpened'))
  expect(opened.map(({ args }) => [args.leaseId, args.fleetId, args.request.units, args.availabilityBps])).toEqual([
    [1n, 1n, 2n, 9_900n],
    [2n, 1n, 3n, 9_900n],
    [3n, 2n, 1n, 9_900n],
  ])
  for (const { block, time } of opened) expect((await getBlock(chain.client, { blockNumber: block })).timestamp).toBe(time)
  const { head } = world.facts
  expect(history.events.at(-1)).toMatchObject({ name: 'Transfer', time: BigInt(head.timestamp), block: BigInt(head.number) })
})

test('an RPC that limits blocks, leaves out times and knows only the newest way to ask gives the same history', async () => {
  const whole = await events(chain)
  rpc.reply = ({ method, params }) => (method === 'eth_getLogs' && spanOf(params[0]) > 20n ? TOO_MANY : 'forward')
  rpc.bend = ({ method }, result) => (method === 'eth_getLogs' ? withoutTimes(result) : result)
  const limited = await events(await chainAt(world.config, rpc.url))
  expect(limited).toEqual(whole)
  rpc.reply = ({ method }) => (method === 'eth_getLogs' ? TOO_MANY : 'forward')
  const refused = await events(await chainAt(world.config, rpc.url)).catch(chainFault)
  expect(refused).toEqual({ code: 'chain.logsRefused', args: { url: rpc.url } })
})

test('a subject finds its own events: a fleet also those of its clones, an account all that name it', async () => {
  const all = (await events(chain)).events
  const of = async (asked: Asked) => (await events(chain, asked)).events
  const fleet = await of({ subject: { fleet: 2n } })
  expect(new Set(fleet.map(({ contract }) => contract))).toEqual(
    new Set(['FleetRegistry', 'CapacityLease', 'RevenueFactory', 'RevenueWaterfall', 'FleetShare', 'PrimarySale']),
  )
  expect(fleet.filter(isEvent('RevenueWaterfall', 'Distributed'))).toHaveLength(3)
  const lease = await of({ subject: { lease: 2n } })
  expect(lease.every(({ contract }) => contract === 'CapacityLease')).toBe(true)
  expect(lease.filter(isEvent('CapacityLease', 'Settled')).map(({ args }) => args.epoch)).toEqual([11n, 19n, 33n, 45n])
  expect((await of({ subject: { sale: 1n } })).map(({ name }) => name)).toEqual(['SaleOpened', 'Bought', 'SaleSucceeded', 'Bought'])
  const account = person(7).toLowerCase()
  const named = all.filter((event) => JSON.stringify(event.args, (_, value) => (typeof value === 'bigint' ? '' : value)).toLowerCase().includes(account))
  expect(await of({ subject: { account: person(7) } })).toEqual(named)
  expect(named.length).toBeGreaterThan(3)
  expect((await of({ contracts: ['CapacityLease', 'FleetShare'], names: ['Transfer'] })).map(({ name }) => name)).toContain('Transfer')
})

test('the indexer’s JSON decodes to what the logs decode to, and the blocks it lacks come from logs', async () => {
  const whole = await events(chain)
  const lag = 10n
  const until = chain.block.number - lag
  const indexer = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://indexer')
    const after = Number(searchParams.get('after') ?? 0)
    const contracts = searchParams.getAll('contract')
    const own = whole.events.filter(({ block, contract }) => block <= until && (contracts.length === 0 || contracts.includes(contract)))
    const page = own.slice(after, after + 40).map(indexed)
    const next = after + 40 < own.length ? String(after + 40) : null
    response.end(JSON.stringify({ events: page, next, until: String(until), untilHash: null, chainId: 31337 }))
  })
  await new Promise<void>((resolve) => indexer.listen(0, '127.0.0.1', resolve))
  const address = indexer.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  const fast = { ...chain, config: { ...chain.config, indexer: url }, memory: newLogMemory() }
  rpc.requests.length = 0
  expect(await events(fast)).toEqual({ ...whole, source: 'indexer' })
  const logsFrom = rpc.requests.filter(({ method }) => method === 'eth_getLogs').map(({ params }) => fromOf(params[0]))
  expect(new Set(logsFrom)).toEqual(new Set([until + 1n]))
  await new Promise<void>((resolve) => void indexer.close(() => resolve()))
  expect(await events(fast)).toEqual(whole)
})

test('what an event is about is the same here as in the indexer', async () => {
  const { events: all } = await events(chain)
  const clones = clonesOf(all)
  for (const event of all) {
    const own = subjectsOf(event.contract, eventNamed(event.contract, event.name)?.inputs ?? [], indexed(event).args)
    const fleet = clones.fleetOf(event.address)
    const subjects = [...own, ...(fleet === undefined ? [] : [{ kind: 'fleet', value: String(fleet) }])]
    const has = (kind: string, value: string) => subjects.some((each) => each.kind === kind && each.value === value)
    for (const id of [1n, 2n, 3n]) {
      expect([event.name, isAbout(event, { fleet: id }, clones)]).toEqual([event.name, has('fleet', String(id))])
      expect(isAbout(event, { lease: id }, clones)).toBe(has('lease', String(id)))
      expect(isAbout(event, { sale: id }, clones)).toBe(has('sale', String(id)))
    }
    for (const account of world.facts.people) expect(isAbout(event, { account }, clones)).toBe(has('account', account))
  }
})

test('what was read stays as long as the chain has its block: one block more asks for one block more, another chain for all', async () => {
  const first = await events(chain)
  const { number } = chain.block
  await createTestClient({ mode: 'anvil', transport: http(world.url) }).mine({ blocks: 1 })
  rpc.requests.length = 0
  const { block } = await chainAt(world.config, rpc.url)
  const next = { ...chain, block }
  expect((await events(next)).events).toEqual(first.events)
  const asked = rpc.requests.filter(({ method }) => method === 'eth_getLogs').map(({ params }) => fromOf(params[0]))
  expect(new Set(asked)).toEqual(new Set([number + 1n]))
  for (const [key, known] of next.memory.answers) next.memory.answers.set(key, { ...known, hash: zeroHash, events: [] })
  expect((await events({ ...next, block: { ...block, number: block.number } })).events).toEqual(first.events)
})

describe('what strangers made a great many of', () => {
  const MANY = 60
  const hostile = () => createTestClient({ mode: 'anvil', transport: http(world.url) })
  let before: Hex

  /** Sends calls from an account and puts them into blocks. */
  async function send(from: Address, calls: readonly { readonly to: Address; readonly data: Hex }[]): Promise<void> {
    const client = hostile()
    await client.impersonateAccount({ address: from })
    await client.setBalance({ address: from, value: 10n ** 24n })
    for (const call of calls) await client.sendUnsignedTransaction({ from, gas: 2_000_000n, ...call })
    await client.mine({ blocks: 3 })
  }

  async function callsOf(reading: (at: Chain) => Promise<unknown>, at: Chain): Promise<number> {
    rpc.requests.length = 0
    await reading(at)
    return rpc.requests.filter(({ method }) => method === 'eth_call').length
  }

  beforeAll(async () => {
    before = await hostile().snapshot()
  })
  afterAll(async () => {
    await hostile().revert({ id: before })
  })

  test('sales of one unit cost a call each, a page has fifty, and a share’s terms are asked for once', async () => {
    const { PrimarySale } = world.config.contracts
    const holding = (await readHoldings(chain, person(6))).find(({ fleetId }) => fleetId === 2n)
    const share = holding?.tranche.share ?? '0x'
    const offer = { fleetId: 2, tranche: 0, price: 1n, cap: 1n, minimum: 1n, end: Number(chain.block.timestamp + 86_400n) }
    await send(person(6), [
      { to: share, data: encodeFunctionData({ abi: fleetShareAbi, functionName: 'approve', args: [PrimarySale.address, 10n ** 18n] }) },
      ...Array.from({ length: MANY }, () => ({ to: PrimarySale.address, data: encodeFunctionData({ abi: primarySaleAbi, functionName: 'open', args: [offer] }) })),
    ])
    const at = await chainAt(world.config, rpc.url)
    const page = await readSales(at)
    expect([page.total, page.sales.length, page.sales[0]?.saleId]).toEqual([BigInt(MANY + 1), 50, BigInt(MANY + 1)])
    expect(page.sales.every(({ fleetId, tranche, face }) => fleetId === 2n && tranche === 0 && face === 77_777n * USD)).toBe(true)
    expect((await readSales(at, { from: 1n })).sales.map(({ saleId, shareSymbol }) => [saleId, shareSymbol])).toEqual([[1n, 'WH2-E']])
    const fresh = await chainAt(world.config, rpc.url)
    // One for the count, one a sale, five for the share and its waterfall, three for the currency.
    expect(await callsOf((chain_) => readSales(chain_, { count: MANY }), fresh)).toBe(1 + MANY + 5 + 3)
    expect(await callsOf((chain_) => readSales(chain_, { count: MANY }), fresh)).toBe(1 + MANY + 3)
    expect(await callsOf((chain_) => readBookings(chain_, person(3)), fresh)).toBeLessThan(MANY + 10)
    expect((await readBookings(fresh, person(3))).map(({ sale, booking }) => [sale.saleId, booking.shares])).toEqual([[1n, 400n * USD]])
  }, 120_000)

  test('of proposals the newest fifty are read, the others are counted; what was listed is all there', async () => {
    const { FleetRegistry } = world.config.contracts
    const spec = { currency: world.facts.usd, listRate: 1n, units: 1, boardWatts: 1, availabilityBps: 1, penaltyBps: 1, creditCapBps: 1, notice: 1, model: 'X', site: 'Y' } as const
    const propose = { to: FleetRegistry.address, data: encodeFunctionData({ abi: fleetRegistryAbi, functionName: 'propose', args: [spec] }) }
    await send(person(8), Array.from({ length: MANY }, () => propose))
    const at = await chainAt(world.config, rpc.url)
    const { fleets, older } = await readFleetList(at)
    expect(fleets.map(({ fleetId }) => fleetId)).toEqual([1n, 2n, ...Array.from({ length: 50 }, (_, index) => BigInt(MANY + 3 - 49 + index))])
    expect(older).toBe(MANY + 1 - 50)
    // An operator's own proposal is found however many others proposed after it.
    expect((await readFleetsOf(at, person(9))).map(({ fleetId }) => fleetId)).toEqual([3n])
    expect((await readFleetsOf(at, person(2))).map(({ fleetId }) => fleetId)).toEqual([1n, 2n])
    const calls = await callsOf(readFleetList, at)
    expect(calls).toBeLessThan(91 + (MANY + 3) + 4 * 52 + 6)
  }, 120_000)
})

function saidOf(told: World['facts']['readings'][number], standing: { readonly root: string; readonly minedAt: bigint } | null): SaidReading {
  const reading = unpackReading(told.reading)
  return {
    epoch: told.epoch,
    state: 'final',
    root: standing?.root ?? '',
    final_at_unix_s: Number(standing?.minedAt ?? 0n) + 21_600,
    meter: {
      meter_id: String(told.meterId),
      kind: meterIdParts(told.meterId).kind,
      number: String(meterIdParts(told.meterId).number),
      reading: String(told.reading),
      measured_unit_s: Number(reading.measured),
      delivered_unit_s: Number(reading.delivered),
      utilised_unit_s: Number(reading.utilised),
      breached_unit_s: Number(reading.breached),
      energy_wh: Number(reading.energyWh),
      trust_level: trustLevel(reading),
      flags: flagNames(reading),
    },
    leaf: hexOf(meterLeaf(told.meterId, told.reading)),
    proof: told.proof,
  }
}

/** An event as the indexer writes it, by the indexer's own code. */
function indexed({ args, block, time, ...event }: ChainEvent) {
  const inputs = eventNamed(event.contract, event.name)?.inputs ?? []
  return { ...event, block: String(block), time: String(time), args: objectToJson(inputs, args) }
}

const TOO_MANY = { error: { code: -32005, message: 'query returned more than 10000 results' } }

function textOf(object: unknown, key: string): string {
  return typeof object === 'object' && object !== null ? String(Reflect.get(object, key)) : ''
}

function fromOf(filter: unknown): bigint {
  return BigInt(textOf(filter, 'fromBlock'))
}

function spanOf(filter: unknown): bigint {
  return BigInt(textOf(filter, 'toBlock')) - fromOf(filter) + 1n
}

function withoutTimes(logs: unknown): unknown {
  return Array.isArray(logs) ? logs.map((log: object) => ({ ...log, blockTimestamp: undefined })) : logs
}
