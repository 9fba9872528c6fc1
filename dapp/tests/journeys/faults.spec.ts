import type { Page } from '@playwright/test'
import { privateKeyToAccount } from 'viem/accounts'
import { capacityLeaseAbi } from '../../src/chain/abi/CapacityLease'
import { erc20PermitAbi } from '../../src/chain/abi/ERC20Permit'
import type { Chain } from '../harness/chain'
import { expect, test } from '../harness/test'
import { objectOf } from '../harness/json'
import { count, money } from './parts/expected'
import { connect } from './parts/people'
import { shownOn, tableOf } from './parts/screen'
import { settled } from './parts/settled'
import { countersOf, gpuHours, Leases } from './parts/tenants'

const REVIEW = { name: 'Review the purchase' } as const

test.describe('the RPC', () => {
  test('down: the page says so and signs nothing; back: it goes on by itself', async ({ page, open, faults, wallet }) => {
    const rpc = await faults.rpc()
    await open('/invest/1')
    await connect(page)
    await page.getByRole('textbox', { name: 'Shares', exact: true }).fill('1')
    await expect(page.getByRole('button', REVIEW)).toBeEnabled()
    rpc.down()
    await expect(page.locator('footer')).toContainText('no RPC answers')
    await expect(page.getByRole('button', REVIEW)).toBeDisabled()
    await expect(page.getByRole('main')).toContainText('No RPC answers now, so nothing can be tried or followed.')
    rpc.pass()
    await expect(page.locator('footer')).toContainText('live')
    await expect(page.getByRole('button', REVIEW)).toBeEnabled()
    expect(wallet.asked('eth_sendTransaction')).toEqual([])
  })

  test('down from the start: the page stands, and fills when it comes', async ({ page, open, faults }) => {
    const rpc = await faults.rpc()
    rpc.down()
    await open('/invest')
    await expect(page.getByRole('heading', { level: 1, name: 'Invest' })).toBeVisible()
    rpc.pass()
    await settled(page)
    await expect(page.getByRole('table').first()).toContainText('1.04')
  })

  test('standing still: after a minute a badge says for how long', async ({ page, open, faults }) => {
    const rpc = await faults.rpc()
    await page.clock.install()
    await open('/network')
    await settled(page)
    await rpc.stale()
    const polls = (): number => rpc.asked.filter((method) => method === 'eth_getBlockByNumber').length
    const before = polls()
    await expect.poll(polls).toBeGreaterThan(before + 1)
    await page.clock.fastForward(62_000)
    await expect(page.locator('footer')).toContainText(/no new block for 1 min/)
    rpc.pass()
    await expect(page.locator('footer')).toContainText('live')
  })

  test('the first of two gone: the second takes over, and the page says which it reads', async ({ page, open, faults, config, world }) => {
    const rpc = await faults.rpc()
    config.set({ chain: { rpcs: [rpc.url, world.rpcUrl] } })
    await open('/network')
    await expect(page.locator('footer')).toContainText('2 of 2 RPCs answer')
    rpc.down()
    await expect(page.locator('footer')).toContainText(`1 of 2 RPCs answer; reading from ${new URL(world.rpcUrl).host}`)
    await expect(page.locator('footer')).toContainText('deployment checked')
    await expect(page.getByRole('table', { name: 'RPCs' })).toContainText('cannot be reached')
  })

  test('on another chain: it is not read from, and nothing is signed', async ({ page, open, faults, wallet }) => {
    const rpc = await faults.rpc()
    rpc.lie((method, answer) => (method === 'eth_chainId' ? '0x1' : answer))
    await open('/invest/1')
    await connect(page)
    await expect(page.locator('footer')).toContainText('Not the deployment this page is for')
    await expect(page.locator('footer')).toContainText('is on chain 1, not 31337')
    await expect(page.getByRole('button', REVIEW)).toHaveCount(0)
    expect(wallet.asked('eth_sendTransaction')).toEqual([])
  })
})

test.describe('config.json', () => {
  const NOBODY = '0x00000000000000000000000000000000000000dE'

  test('an address without a contract: named, and nothing is signed', async ({ page, open, config, wallet }) => {
    await withContract(config, 'OracleFees', { address: NOBODY })
    await open('/invest/1')
    await connect(page)
    await expect(page.locator('footer')).toContainText(/there is no contract OracleFees at 0x0+d[eE]/)
    await expectNoWrites(page)
    expect(wallet.asked('eth_sendTransaction')).toEqual([])
  })

  test('another code than the contract’s: named, and nothing is signed', async ({ page, open, config, wallet }) => {
    await withContract(config, 'CapacityLease', { codeHash: `0x${'ab'.repeat(32)}` })
    await open('/invest/1')
    await connect(page)
    await expect(page.locator('footer')).toContainText('is not the CapacityLease this page knows')
    await expectNoWrites(page)
    expect(wallet.asked('eth_sendTransaction')).toEqual([])
  })

  test('missing: the page says who can mend it', async ({ page, open, guard, world, config }) => {
    guard.allowFailures(new URL('config.json', world.pageUrl).href)
    config.remove()
    await open('/')
    await expect(page.getByRole('heading', { name: 'Wellhead cannot start' })).toBeVisible()
    await expect(page.getByRole('alert')).toContainText('the server answered 404')
  })

  for (const [what, text, said] of [
    ['a web page', '<html></html>', 'are not JSON'],
    ['nothing', '{}', 'lack chain'],
    ['far too much', ' '.repeat(400_000), 'too large'],
  ] as const) {
    test(`${what} instead: the page says what is wrong`, async ({ page, open, config }) => {
      config.replace(text)
      await open('/')
      await expect(page.getByRole('heading', { name: 'Wellhead cannot start' })).toBeVisible()
      await expect(page.getByRole('alert')).toContainText(said)
    })
  }

  for (const [what, rpc] of [
    ['a script for an RPC', 'javascript:alert(1)'],
    ['a policy inside a URL', "https://rpc.example; script-src 'unsafe-inline'"],
    ['a password in a URL', 'https://user:secret@rpc.example'],
  ] as const) {
    test(`${what}: refused by the field’s name, and nobody is asked`, async ({ page, open, config }) => {
      const good = await config.read()
      config.replace(JSON.stringify({ ...good, chain: { ...objectOf(good['chain']), rpcs: [rpc] } }))
      await open('/')
      await expect(page.getByRole('alert')).toContainText('In the settings chain.rpcs.0 must be an address such as')
      await expect(page).toHaveTitle(/Wellhead/)
    })
  }

  async function withContract(config: { readonly read: () => Promise<Readonly<Record<string, unknown>>>; readonly set: (parts: Readonly<Record<string, unknown>>) => void }, name: string, other: object): Promise<void> {
    const contracts = objectOf((await config.read())['contracts'])
    config.set({ contracts: { ...contracts, [name]: { ...objectOf(contracts[name]), ...other } } })
  }

  async function expectNoWrites(page: Page): Promise<void> {
    await page.getByRole('textbox', { name: 'Shares', exact: true }).fill('1')
    await expect(page.getByRole('main')).toContainText('so nothing is written.')
    await expect(page.getByRole('button', REVIEW)).toBeDisabled()
  }
})

test('without the indexer the reports come from logs: said to be slower, and the same', async ({ page, open, faults, world }) => {
  expect(world.indexer).not.toBeNull()
  const indexer = await faults.indexer()
  await open('/reports')
  await settled(page)
  await expect(page.getByRole('main')).toContainText('by the indexer.')
  const before = await finalReports(page)
  expect(before.length).toBeGreaterThan(3)
  indexer.down()
  await page.reload()
  await settled(page)
  await expect(page.getByRole('main')).toContainText('read from logs, which is slower.')
  await expect(page.locator('footer')).toContainText('the indexer does not answer well: history read from logs, which is slower')
  const after = await finalReports(page)
  // A report that has become final since may have pushed the oldest off the page.
  const both = after.filter((row) => before.includes(row))
  expect(both).toEqual(before.slice(0, both.length))
  expect(both.length).toBeGreaterThanOrEqual(before.length - 1)
})

/** Pages and parts of pages whose figures need history. */
const OF_HISTORY = [
  '/fleets/1',
  '/fleets/1?part=money',
  '/fleets/1?part=leases',
  '/fleets/1?part=papers',
  '/leases/2',
  '/reports',
  '/invest/1',
  '/portfolio',
  '/operate',
  '/operate/register',
  '/operate/1',
] as const

for (const [indexed, said] of [
  [true, 'history from the indexer'],
  [false, 'history read from logs, which is slower'],
] as const) {
  test(`every page that needs history ${indexed ? 'with' : 'without'} an indexer stands, and says: ${said}`, async ({ page, open, config, world }) => {
    if (!indexed) config.set({ indexer: null })
    const { address } = privateKeyToAccount(world.keys['operator'] ?? '0x')
    for (const route of OF_HISTORY) {
      // A new page: the line would say it still of the route before.
      await page.goto('about:blank')
      await open(`${route}${route.includes('?') ? '&' : '?'}as=${address}`)
      await settled(page)
      await expect(page.locator('footer'), route).toContainText(said)
      await expect(page.locator('main'), route).not.toContainText('could not')
    }
  })
}

test.describe('history', () => {
  test.use({ ownChain: true })

  for (const [route, told, read] of [
    ['/fleets/1?part=money', 'told by the indexer', 'read from an RPC’s logs (slower, no indexer)'],
    ['/leases/2', 'given by the indexer.', 'read from logs, which is slower.'],
  ] as const) {
    test(`of ${route} is the same from the indexer and from logs alone, and the page says which, and that logs are slower`, async ({ page, open, faults, config, world }) => {
      expect(world.indexer).not.toBeNull()
      const indexer = await faults.indexer()
      await open(route)
      await settled(page)
      await expect(page.getByRole('main')).toContainText(told)
      expect(indexer.asked.some((path) => path.startsWith('/events'))).toBe(true)
      const indexed = await shownOn(page)
      config.set({ indexer: null })
      await page.reload()
      await settled(page)
      await expect(page.getByRole('main')).toContainText(read)
      const logged = await shownOn(page)
      expect(logged.tables).toEqual(indexed.tables)
      const longest = Math.max(...logged.tables.map(({ rows }) => rows.length))
      expect(longest, 'something happened').toBeGreaterThan(3)
    })
  }

  test('of an indexer that stands still is made whole from logs, and where it is far behind the page says up to which block it goes', async ({ page, open, faults, chain, world }) => {
    // Anvil takes its time over thousands of blocks.
    test.slow()
    expect(world.indexer).not.toBeNull()
    const indexer = await faults.indexer()
    // The world's indexer goes on with the world's chain, whose next blocks are not this chain's. The newest here is this chain's own.
    const { number, hash } = await chain.client.getBlock({ blockNumber: (await chain.client.getBlockNumber()) - 1n })
    indexer.lie((path, answer) => (path.startsWith('/events') ? standingAt(number, hash, answer) : answer))
    const leases = new Leases(chain, world)
    await chain.mine(300)
    const { held } = (await leases.leaseOf(2n)).account
    await topUp(chain, leases, 12_345_678n)
    expect((await leases.leaseOf(2n)).account.held).toBe(held + 12_345_678n)
    await open('/leases/2')
    await settled(page)
    const history = page.getByRole('table', { name: 'History' })
    await expect(history).toContainText(`${money(12_345_678n)} added by`)
    await expect(page.getByRole('main')).toContainText(`up to block ${count(await chain.client.getBlockNumber())}, given by the indexer.`)

    // More blocks than are read from logs behind an indexer; by and by, for so many at once take longer than a call may.
    for (let mined = 0; mined < 2_500; mined += 500) await chain.mine(500)
    await topUp(chain, leases, 7_654_321n)
    const block = await chain.client.getBlockNumber()
    await expect(page.getByRole('main')).toContainText(money(held + 19_999_999n))
    await expect(page.getByRole('main')).not.toContainText(`up to block ${count(block)}`)
    const until = /up to block ([0-9,]+), given by the indexer\./.exec((await shownOn(page)).text)?.[1]
    expect(Number(until?.replaceAll(',', ''))).toBeLessThan(Number(block) - 2_000)
    await expect(history).not.toContainText(`${money(7_654_321n)} added by`)
  })
})

test.describe('a metering node', () => {
  test('that tells the truth is verified, and one that lies about a reading is found out', async ({ page, open, faults, config }) => {
    const node = await faults.node(0)
    config.set({ nodes: [node.url] })
    await open('/reports/1')
    await settled(page)
    const verify = page.getByRole('button', { name: /^Verify the reading of/ }).first()
    await verify.click()
    await expect(page.getByText('Verified in this browser')).toBeVisible()
    node.lie((path, answer) => (/\/readings\/\d+/.test(path) ? oneMore(answer) : answer))
    await verify.click()
    const alert = page.getByRole('alert').filter({ hasText: 'Do not believe this reading' })
    await expect(alert).toContainText('is not what the chain has')
    await expect(page.getByText('Verified in this browser')).toHaveCount(0)
    await expect(page.getByRole('table', { name: 'Comparisons, in the order they were made' })).toContainText('differs')
  })

  test('down: its part of the page says so, the rest stands, and it is asked again', async ({ page, open, faults, config }) => {
    const node = await faults.node(0)
    config.set({ nodes: [node.url] })
    node.down()
    await open('/reports/1')
    await settled(page)
    const fault = page.getByRole('alert').filter({ hasText: 'No metering node gave the readings' })
    await expect(fault).toContainText(`The node ${node.url} cannot be reached.`)
    await expect(page.getByRole('table', { name: 'Signed by nodes' })).toContainText('signed')
    node.pass()
    await fault.getByRole('button', { name: 'Try again' }).click()
    await expect(page.getByRole('button', { name: /^Verify the reading of/ }).first()).toBeVisible()
  })

  test('the first of them down: the next is asked', async ({ page, open, faults, world }) => {
    const node = await faults.node(0)
    node.down()
    await open('/reports/1')
    await settled(page)
    await expect(page.getByRole('main')).toContainText(`As ${world.nodes[1]?.replace(/\/$/, '') ?? '?'} says.`)
  })

  test('slow: the page does not wait with the rest, and fills its part when it comes', async ({ page, open, faults, config }) => {
    const node = await faults.node(0)
    config.set({ nodes: [node.url] })
    node.slow(5_000)
    await open('/reports/1')
    await expect(page.getByRole('table', { name: 'Signed by nodes' })).toContainText('signed')
    await expect(page.getByRole('button', { name: /^Verify the reading of/ }).first()).toBeVisible()
  })

  test('that stands still: it is said to be behind, the chain’s own reading stays, and nothing is settled from what is older', async ({ page, open, faults, config, chain, world }) => {
    const node = await faults.node(0)
    config.set({ nodes: [node.url] })
    const leases = new Leases(chain, world)
    const { settledEpoch } = (await leases.leaseOf(2n)).account
    const epoch = BigInt(settledEpoch) - 2n
    const old = await leaseAsOf(world.nodes[0] ?? '', '2', epoch)
    node.lie((path, answer) => (path.startsWith('/v1/leases/2') ? old : answer))
    await open('/leases/2')
    await settled(page)
    await expect(page.getByText(`has this lease in reports up to epoch ${epoch} only, and it is settled to epoch ${settledEpoch}.`)).toBeVisible()
    await expect(page.getByText(/^Newest/)).toHaveCount(0)
    await expect(async () => {
      const { account, reading } = await leases.leaseOf(2n)
      const { head, rows } = tableOf(await shownOn(page), 'The meter, by reading')
      expect(head[1]).toContain(`Settled to epoch ${account.settledEpoch}`)
      expect(rows.find(([first]) => first?.startsWith('Delivered'))?.[1]).toBe(gpuHours(countersOf(reading).delivered))
      await expect(page.getByText(`Nothing to settle: it is settled to epoch ${account.settledEpoch}, and no newer final report has it.`)).toBeVisible()
    }).toPass({ timeout: 30_000 })
    await expect(page.getByRole('button', { name: 'Verify the reading and settle' })).toHaveCount(0)
  })

  test('answering what no node answers: named, and nothing of it is shown', async ({ page, open, faults, config }) => {
    const node = await faults.node(0)
    config.set({ nodes: [node.url] })
    node.lie(() => ({ readings: '<b>all is well</b>' }))
    await open('/reports/1')
    await settled(page)
    await expect(page.getByRole('alert')).toContainText('answered with something it should not')
    await expect(page.getByText('all is well')).toHaveCount(0)
  })
})

/** Adds to the escrow of lease 2, as anyone may. */
async function topUp(chain: Chain, { address, world }: Leases, amount: bigint): Promise<void> {
  const account = privateKeyToAccount(await chain.freshKey())
  await chain.mint(world.currency, account.address, amount)
  await chain.client.waitForTransactionReceipt({ hash: await chain.client.writeContract({ chain: null, account, address: world.currency, abi: erc20PermitAbi, functionName: 'approve', args: [address, amount] }) })
  await chain.client.waitForTransactionReceipt({ hash: await chain.client.writeContract({ chain: null, account, address, abi: capacityLeaseAbi, functionName: 'topUp', args: [2n, amount] }) })
}

/** What a node says of a lease as long as its newest report, final, is that of `epoch`. */
async function leaseAsOf(node: string, lease: string, epoch: bigint): Promise<unknown> {
  const { readings } = objectOf(await (await fetch(`${node}/v1/reports/${epoch}/readings?limit=1000`)).json())
  const own = Array.isArray(readings) ? readings.map(objectOf).find(({ kind, number }) => kind === 'lease' && number === lease) : undefined
  if (own === undefined) throw new Error(`the report of epoch ${epoch} has no lease ${lease}`)
  const proof: unknown = await (await fetch(`${node}/v1/reports/${epoch}/readings/${String(own['meter_id'])}`)).json()
  return { lease_id: lease, standing: proof, final: proof }
}

/** The reading's first counter that is told as a number or as decimal digits, one more. */
function oneMore(answer: unknown): unknown {
  return JSON.parse(JSON.stringify(answer), (key: string, value: unknown) => {
    if (key !== 'measured_unit_s') return value
    return typeof value === 'string' ? String(BigInt(value) + 1n) : Number(value) + 1
  })
}

/** The rows of reports that cannot change any more, without the columns that depend on the clock. */
async function finalReports(page: Page): Promise<readonly string[]> {
  const rows = await page.getByRole('table', { name: 'Reports, newest first' }).getByRole('row').filter({ hasText: 'final' }).allInnerTexts()
  return rows.map((row) => row.replace(/\s+/g, ' ').trim())
}

/** A page of events as an indexer gives it that has come to a block and no further. */
function standingAt(number: bigint, hash: string, answer: unknown): unknown {
  const page = objectOf(answer)
  const { events, until } = page
  if (!Array.isArray(events) || typeof until !== 'string') throw new Error('no page of events')
  const kept = events.filter((event) => BigInt(String(objectOf(event)['block'])) <= number)
  return BigInt(until) <= number ? page : { ...page, events: kept, until: number.toString(), untilHash: hash }
}
