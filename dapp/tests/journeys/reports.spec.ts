import type { Page } from '@playwright/test'
import { isHex, pad, type Hex } from 'viem'
import { meterOracleAbi } from '../../src/chain/abi/MeterOracle'
import { expectAccessible } from '../harness/axe'
import { chainAt, type Chain } from '../harness/chain'
import { objectOf } from '../harness/json'
import { expect, test as base } from '../harness/test'
import type { World } from '../harness/world'
import { count, moment } from './parts/expected'
import { logsOf, whole, type Log } from './parts/logs'
import { contractOf } from './parts/people'
import { shownOn, tableOf } from './parts/screen'
import { expectNoSidewaysScroll, settled } from './parts/settled'
import { finalByNode } from './parts/tenants'

/** Where a packed reading has its delivered unit-seconds (contracts/leasing/Reading.sol). */
const DELIVERED_SHIFT = 160n
const READING = /^\/v1\/reports\/[0-9]+\/readings\/[0-9]+$/
/** Seconds that a test needs a report to stay contestable for. */
const MARGIN = 90n

const test = base.extend<{ epoch: number }>({
  /** A report with readings of every kind of meter, of fleets and of a lease that runs: the newest that every node holds as final. */
  epoch: async ({ world }, use) => {
    const found = await Promise.all(world.nodes.map((node) => finalByNode(node, 2n)))
    const least = found.reduce((one, other) => (one < other ? one : other))
    if (least === 0n) throw new Error('no final report has lease 2')
    await use(Number(least))
  },
})

/** The world's chain is copied while its newest report is contestable: between the end of its window and the next report there is a moment in which none is. */
const contested = test.extend<{ contestable: true }>({
  contestable: async ({ world }, use) => {
    const chain = await chainAt(world.rpcUrl)
    await expect
      .poll(
        async () => {
          const { reports, dispute } = await oracleOf(chain, world, 'latest')
          return (reports.at(-1)?.time ?? 0n) + dispute - (await chain.now())
        },
        { timeout: 45_000 },
      )
      .toBeGreaterThan(MARGIN)
    await use(true)
  },
  chain: async ({ contestable, chain }, use) => {
    expect(contestable).toBe(true)
    await use(chain)
  },
})

test.describe('the list of reports', () => {
  test('is the chain’s own: epochs, meters, who signed, root, how far each has come', async ({ page, open, chain, world }) => {
    await open('/reports')
    await settled(page)
    await expect(async () => {
      const shown = await shownOn(page)
      const until = BigInt(/events up to block ([0-9,]+)/.exec(shown.text)?.[1]?.replaceAll(',', '') ?? 0)
      const { genesis, length, dispute, reports } = await oracleOf(chain, world, until)
      expect(reports.length).toBeGreaterThan(10)
      const table = tableOf(shown, 'Reports, newest first')
      expect(table.rows.map((row) => row.slice(0, 4))).toEqual(
        reports
          .toReversed()
          .slice(0, 25)
          .map((report) => [count(whole(report, 'epoch')), moment(genesis + (whole(report, 'epoch') + 1n) * length), count(whole(report, 'leafCount')), signersOf(report).join(' ')]),
      )
      table.rows.forEach((row, place) => expect(row[5]).toContain(rootOf(reports.at(-1 - place))))
      const now = await chain.now()
      for (const [place, row] of table.rows.entries()) {
        const left = (reports.at(-1 - place)?.time ?? 0n) + dispute - now
        // Within a minute of the change the page may stand on either side of it.
        if (left > 60n) expect(row[4]).toMatch(/^contestable for /)
        if (left < -60n) expect(row[4]).toBe('final')
      }
      expect(shown.terms['Reports']).toContain(`${count(reports.length)} |`)
    }).toPass({ timeout: 30_000 })
    await expectAccessible(page)
    await page.setViewportSize({ width: 320, height: 640 })
    await expectNoSidewaysScroll(page)
  })

  test('is shown in pages, and none is lost between them', async ({ page, open, faults }) => {
    const indexer = await faults.indexer()
    // Of an oracle that is older than this world: each report is told again for 60 epochs.
    indexer.lie((path, answer) => {
      const { events, ...rest } = objectOf(answer)
      if (!path.includes('MeterOracle') || !Array.isArray(events)) return answer
      const [first] = events
      return { ...rest, events: Array.from({ length: 60 }, (_, at) => ({ ...objectOf(first), logIndex: at, args: { ...objectOf(objectOf(first)['args']), epoch: `${at + 1}`, baseEpoch: `${at}` } })) }
    })
    await open('/reports')
    await settled(page)
    const epochs = async (): Promise<readonly number[]> => tableOf(await shownOn(page), 'Reports, newest first').rows.map((row) => Number(row[0]))
    const pager = page.getByRole('navigation', { name: 'Pages of reports' })
    const seen: number[] = []
    for (const position of ['1–25 of 60', '26–50 of 60', '51–60 of 60']) {
      await expect(pager).toContainText(position)
      seen.push(...(await epochs()))
      if (position !== '51–60 of 60') await pager.getByRole('button', { name: /^Next/ }).click()
    }
    expect(seen).toEqual(Array.from({ length: 60 }, (_, at) => 60 - at))
    await expect(pager.getByRole('button', { name: /^Next/ })).toBeDisabled()
    await pager.getByRole('button', { name: /^Previous/ }).click()
    await expect(pager).toContainText('26–50 of 60')
  })
})

test('a report’s page says what the chain says of it, and which nodes signed', async ({ page, open, chain, world, epoch }) => {
  const { genesis, length, dispute, reports } = await oracleOf(chain, world, 'latest')
  const report = reports.find((each) => whole(each, 'epoch') === BigInt(epoch))
  if (report === undefined) throw new Error(`no report of epoch ${epoch}`)
  await open(`/reports/${epoch}`)
  await settled(page)
  const { terms, ...shown } = await shownOn(page)
  expect(terms['Until']).toBe(moment(genesis + BigInt(epoch + 1) * length))
  expect(terms['Builds on epoch']).toContain(count(whole(report, 'baseEpoch')))
  expect(terms['Root']).toContain(rootOf(report))
  expect(terms['Meters']).toBe(count(whole(report, 'leafCount')))
  expect(terms['Posted']).toBe(moment(report.time))
  expect(terms['Final at']).toBe(moment(report.time + dispute))
  expect(terms['Transaction']).toContain(report.tx)
  const nodes = tableOf({ terms, ...shown }, 'Signed by nodes').rows
  expect(nodes.flatMap(([node, , signed]) => (signed === 'signed' ? [Number(node)] : []))).toEqual(signersOf(report))
  expect(nodes).toHaveLength(world.nodes.length)
  await expect(page.getByRole('table', { name: 'Readings', exact: true })).toContainText('Fleet 1')
  expect(tableOf(await shownOn(page), 'Readings').rows).toHaveLength(Number(whole(report, 'leafCount')))
  await expectAccessible(page)
  await page.setViewportSize({ width: 320, height: 640 })
  await expectNoSidewaysScroll(page)
})

for (const [typed, said] of [
  ['0', 'epochs are counted from 1'],
  ['1e3', 'epochs are counted from 1'],
  ['%3Cb%3E', 'epochs are counted from 1'],
  ['999999', 'No report was posted for this epoch.'],
] as const) {
  test(`no report is called ${typed}, and the page says so`, async ({ page, open }) => {
    await open(`/reports/${typed}`)
    await expect(page.getByRole('main')).toContainText(said)
    expect(await page.locator('main b').count()).toBe(0)
  })
}

test.describe('verifying a reading', () => {
  for (const meter of ['Fleet 1', 'Lease 2'] as const) {
    test(`${meter}: proof and signatures hold, and every comparison is shown`, async ({ page, open, epoch }) => {
      await open(`/reports/${epoch}`)
      await verify(page, meter)
      const row = rowOf(page, meter)
      await expect(row).toContainText('Verified in this browser')
      const comparisons = Number(/All (\d+) comparisons hold/.exec((await row.textContent()) ?? '')?.[1])
      await row.getByText(`The ${comparisons} comparisons`).click()
      await expect(page.getByRole('table', { name: 'Comparisons, in the order they were made' })).toBeVisible()
      const steps = tableOf(await shownOn(page), 'Comparisons, in the order they were made').rows
      expect(steps).toHaveLength(comparisons)
      expect(steps.every((step) => step[1] === 'holds')).toBe(true)
      expect(steps.filter((step) => step[0]?.startsWith('the signature of node')).length).toBeGreaterThanOrEqual(3)
      expect(steps.map((step) => step[0])).toContain('leaf and proof lead to the root')
      await expectAccessible(page)
    })
  }

  const lies: readonly (readonly [string, string, (proof: Readonly<Record<string, unknown>>) => unknown])[] = [
    ['another figure than its own reading', 'delivered unit-seconds', (proof) => ({ ...proof, meter: { ...objectOf(proof['meter']), delivered_unit_s: Number(objectOf(proof['meter'])['delivered_unit_s']) + 3600 } })],
    ['another reading, with all its figures and its leaf', 'leaf and proof lead to the root', withAnHourMore],
    ['a wrong proof', 'leaf and proof lead to the root', (proof) => ({ ...proof, proof: listOf(proof['proof']).map((word, at) => (at === 0 ? turned(word) : word)) })],
    ['a proof that is cut short', 'leaf and proof lead to the root', (proof) => ({ ...proof, proof: listOf(proof['proof']).slice(1) })],
    ['the reading of another epoch', 'the epoch asked for', (proof) => ({ ...proof, epoch: Number(proof['epoch']) - 1 })],
    ['another root', 'the report’s root', (proof) => ({ ...proof, root: turned(String(proof['root'])) })],
  ]
  for (const [what, difference, lie] of lies) {
    test(`a node that tells ${what} is not believed`, async ({ page, open, faults, epoch }) => {
      const node = await faults.node(0)
      node.lie((path, answer) => (READING.test(path) ? lie(objectOf(answer)) : answer))
      await open(`/reports/${epoch}`)
      await verify(page, 'Fleet 1')
      const row = rowOf(page, 'Fleet 1')
      await expect(row.getByRole('alert')).toContainText('Do not believe this reading')
      await expect(row.getByRole('alert')).toContainText(`First difference: ${difference}.`)
      await expect(row).not.toContainText('Verified in this browser')
      await page.setViewportSize({ width: 320, height: 640 })
      const verdict = page.getByRole('alert').filter({ hasText: 'Do not believe this reading' })
      await verdict.scrollIntoViewIfNeeded()
      const { x, width } = (await verdict.boundingBox()) ?? { x: -1, width: 0 }
      expect([x >= 0, width > 200, x + width <= 320], 'the verdict is on a phone’s screen, with room').toEqual([true, true, true])
      await page.setViewportSize({ width: 1280, height: 900 })
      // Every other reading is as good as before.
      node.pass()
      await verify(page, 'Fleet 2')
      await expect(rowOf(page, 'Fleet 2')).toContainText('Verified in this browser')
    })
  }

  test('a node that shows one meter as another’s is found out', async ({ page, open, faults, guard, world, epoch }) => {
    const node = await faults.node(0)
    // None of them has a reading of a fleet that is not.
    for (const url of world.nodes) guard.allowFailures(url)
    node.lie((path, answer) => {
      const { readings, ...rest } = objectOf(answer)
      if (!path.startsWith(`/v1/reports/${epoch}/readings?`) || !Array.isArray(readings)) return answer
      return { ...rest, readings: readings.map((each: unknown) => ({ ...objectOf(each), number: objectOf(each)['kind'] === 'fleet' ? '9' : objectOf(each)['number'] })) }
    })
    await open(`/reports/${epoch}`)
    await settled(page)
    await page.getByRole('button', { name: 'Verify the reading of Fleet 9' }).first().click()
    await expect(page.getByRole('main')).toContainText('No metering node gave this reading, so there is nothing to verify')
    await expect(page.getByRole('main')).not.toContainText('Verified in this browser')
  })

  test('where one node is silent another is asked, and where all are the page says that nothing was verified', async ({ page, open, faults, world, epoch }) => {
    const proxies = []
    for (const place of world.nodes.keys()) proxies.push(await faults.node(place))
    await open(`/reports/${epoch}`)
    await settled(page)
    await expect(page.getByRole('main')).toContainText(`As ${proxies[0]?.url} says.`)
    proxies[0]?.down()
    await verify(page, 'Fleet 1')
    await expect(rowOf(page, 'Fleet 1')).toContainText(`the reading that ${proxies[1]?.url} gave is under the root on-chain`)
    for (const proxy of proxies) proxy.down()
    await verify(page, 'Fleet 2')
    await expect(rowOf(page, 'Fleet 2')).toContainText('No metering node gave this reading, so there is nothing to verify')
    await expect(rowOf(page, 'Fleet 2')).not.toContainText('Verified in this browser')
    for (const proxy of proxies) proxy.pass()
    await verify(page, 'Fleet 2')
    await expect(rowOf(page, 'Fleet 2')).toContainText('Verified in this browser')
  })
})

contested.describe('a report that was dropped on evidence', () => {
  contested.use({ ownChain: true })

  contested('is said to be dropped, in the list and on its page, and offers nothing to settle from', async ({ page, open, chain, world }) => {
    const { reports } = await oracleOf(chain, world, 'latest')
    const newest = reports.at(-1)
    const base = reports.at(-2)
    if (newest === undefined || base === undefined) throw new Error('there is no report')
    const address = contractOf(world, 'MeterOracle')
    const evidence = await chain.client.readContract({ address, abi: meterOracleAbi, functionName: 'evidence' })
    await chain.client.setBalance({ address: evidence, value: 10n ** 20n })
    await chain.client.impersonateAccount({ address: evidence })
    const hash = await chain.client.writeContract({ chain: null, account: evidence, address, abi: meterOracleAbi, functionName: 'drop', args: [whole(newest, 'epoch'), rootOf(base)] })
    expect((await chain.client.waitForTransactionReceipt({ hash })).status).toBe('success')

    await open('/reports')
    await settled(page)
    const { rows } = tableOf(await shownOn(page), 'Reports, newest first')
    expect(rows[0]?.[4]).toBe('dropped')
    for (const row of rows.slice(1)) expect(row[4]).toMatch(/^(final|contestable)/)
    await page.getByRole('main').getByRole('link', { name: count(whole(newest, 'epoch')), exact: true }).click()
    await expect(page.getByRole('main')).toContainText('It was dropped on evidence, with all that was built on it. Nothing settles from it.')
    await expect(page.getByRole('button', { name: /^Verify/ })).toHaveCount(0)
  })
})

/** Asks for the check of a meter's reading; the page is a report's. */
async function verify(page: Page, meter: string): Promise<void> {
  await page.getByRole('button', { name: `Verify the reading of ${meter}`, exact: true }).click()
}

function rowOf(page: Page, meter: string) {
  return page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: meter, exact: true }) })
}

/** The oracle's clock, and every report it was posted up to a block, oldest first. */
async function oracleOf(chain: Chain, world: World, until: bigint | 'latest') {
  const address = contractOf(world, 'MeterOracle')
  const at = { address, abi: meterOracleAbi } as const
  const [genesis, length, dispute, reports] = await Promise.all([
    chain.client.readContract({ ...at, functionName: 'genesis' }),
    chain.client.readContract({ ...at, functionName: 'epochLength' }),
    chain.client.readContract({ ...at, functionName: 'disputeWindow' }),
    logsOf(chain, meterOracleAbi, address, ['Reported'], until),
  ])
  return { genesis, length: BigInt(length), dispute: BigInt(dispute), reports }
}

/** The places of the bits that are set. */
function signersOf(report: Log): readonly number[] {
  return [...whole(report, 'signers').toString(2)].toReversed().flatMap((bit, place) => (bit === '1' ? [place] : []))
}

function rootOf(report: Log | undefined): Hex {
  const root = report?.args['root']
  if (!isHex(root)) throw new Error('a report without a root')
  return root
}

function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : []
}

/** The same word with its last digit turned. */
function turned(word: string): string {
  return word.slice(0, -1) + (word.endsWith('0') ? '1' : '0')
}

/** A lie without a seam: an hour more of one GPU delivered, in the figure, in the packed reading, and in the leaf. */
function withAnHourMore(proof: Readonly<Record<string, unknown>>): unknown {
  const meter = objectOf(proof['meter'])
  const word = BigInt(String(meter['reading']))
  const lied = word + (3600n << DELIVERED_SHIFT)
  const leaf = `${String(proof['leaf']).slice(0, 66)}${pad(`0x${lied.toString(16)}`, { size: 32 }).slice(2)}`
  return { ...proof, leaf, meter: { ...meter, reading: String(lied), delivered_unit_s: Number(meter['delivered_unit_s']) + 3600 } }
}
