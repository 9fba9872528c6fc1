import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Page } from '@playwright/test'
import type { Address } from 'viem'
import { capacityLeaseAbi } from '../../src/chain/abi/CapacityLease'
import { fleetRegistryAbi } from '../../src/chain/abi/FleetRegistry'
import { revenueWaterfallAbi } from '../../src/chain/abi/RevenueWaterfall'
import { expectAccessible } from '../harness/axe'
import type { Chain } from '../harness/chain'
import { objectOf } from '../harness/json'
import { expect, test } from '../harness/test'
import type { World } from '../harness/world'
import { type Bucket, bucketsOf, chartRows, type Term, termsOf } from './parts/chartRows'
import { moneyOf, type Distribution } from './parts/distributions'
import { amount, count, energy, moment, money, percent } from './parts/expected'
import { logsOf, whole } from './parts/logs'
import { measuredOf } from './parts/measured'
import { contractOf } from './parts/people'
import { blockIn, shownOn, tableOf } from './parts/screen'
import { expectNoSidewaysScroll, settled } from './parts/settled'

const ROOT = new URL('../../../', import.meta.url)
const H100_INVENTORY = fileURLToPath(new URL('examples/telemetry/h100-inventory.json', ROOT))
const OTHER_INVENTORY = fileURLToPath(new URL('examples/inventories/newcomers.json', ROOT))
const METERING = fileURLToPath(new URL('docs/metering.md', ROOT))
const PARTS = ['measured', 'money', 'leases', 'papers', 'terms'] as const

test.describe('the list of fleets', () => {
  test('says of every fleet what the chain says, in the order one asks for', async ({ page, open, chain, world }) => {
    await open('/fleets')
    await settled(page)
    await expect(async () => {
      const fleets = await fleetsOf(chain, world)
      expect((await listed(page)).map(({ id }) => id)).toEqual(fleets.slice(0, 25).map(({ id }) => id))
      for (const { id, operator, rate, let_, availability } of await listed(page)) {
        const fleet = fleets.find((each) => each.id === id)
        if (fleet === undefined) throw new Error(`there is no fleet ${id}`)
        expect(operator).toContain(fleet.operator)
        expect(rate).toBe(money(fleet.rate))
        expect(let_).toContain(`${count(fleet.units - fleet.free)} of ${count(fleet.units)} let, ${count(fleet.free)} free`)
        expect(availability).toBe(percent(fleet.availabilityBps, 10_000n, 2))
      }
      const { terms } = await shownOn(page)
      const open_ = fleets.filter(({ status }) => status === 2)
      expect(terms['Capacity']).toContain(count(open_.reduce((sum, { units }) => sum + units, 0n)))
      expect(terms['Free']).toContain(count(open_.reduce((sum, { free }) => sum + free, 0n)))
    }).toPass({ timeout: 30_000 })

    const rates = async (): Promise<readonly number[]> => (await listed(page)).map(({ rate }) => Number(rate.replace(/[^0-9.]/g, '')))
    const ascending = (values: readonly number[]): readonly number[] => values.toSorted((one, other) => one - other)
    const head = page.getByRole('columnheader', { name: 'Rate per GPU-hour' })
    await head.getByRole('button').click()
    await expect(head).toHaveAttribute('aria-sort', 'ascending')
    expect(await rates()).toEqual(ascending(await rates()))
    await head.getByRole('button').click()
    await expect(head).toHaveAttribute('aria-sort', 'descending')
    expect(await rates()).toEqual(ascending(await rates()).toReversed())
    expect(new Set(await rates()).size).toBeGreaterThan(1)
  })

  test('is searched by what a fleet calls itself, and by its status', async ({ page, open }) => {
    await open('/fleets')
    await settled(page)
    const search = page.getByRole('searchbox', { name: 'Search' })
    await search.fill('MANOSQUE a100')
    await expect(page.getByRole('search').getByRole('status')).toHaveText('1 fleet')
    expect((await listed(page)).map(({ id }) => id)).toEqual([2n])
    await search.fill('no fleet is called this')
    await expect(page.getByRole('table', { name: 'Fleets' })).toContainText('No fleet fits the search.')
    await search.fill('manosque')
    await page.getByRole('combobox', { name: 'Status' }).selectOption('Delisted')
    await expect(page.getByRole('search').getByRole('status')).toHaveText('0 fleets')
    await page.getByRole('combobox', { name: 'Status' }).selectOption('Listed')
    await page.getByRole('link', { name: 'NVIDIA A100-SXM4-80GB' }).click()
    await expect(page).toHaveURL(/#\/fleets\/2$/)
    await expect(page.getByRole('heading', { level: 1, name: 'NVIDIA A100-SXM4-80GB' })).toBeVisible()
  })
})

test.describe('what the meter saw', () => {
  test('an outage is told as one, and power, energy, availability and the headline figures follow from the node’s buckets', async ({ page, open, faults, chain, world }) => {
    const node = await faults.node(0)
    let told: unknown = null
    node.lie((path, answer) => {
      if (path.startsWith('/v1/fleets/1/series')) told = answer
      return answer
    })
    await open('/fleets/1')
    await settled(page)
    const table = await expectCharts(page, bucketsOf(told), 8n, await termsOf(chain, contractOf(world, 'CapacityLease'), 1n))
    expect(table.head).toContain('Outage while let')
    // Half an hour of silence stands in the same chart, told apart.
    expect(table.head).toContain('No telemetry')
    expect(table.rows.filter((row) => row.at(-1)?.startsWith('Outage,')).length).toBeGreaterThan(2)
  })

  test('missing telemetry, what a node does not know, and no report are three other things', async ({ page, open, faults, chain, world }) => {
    const node = await faults.node(0)
    let told: unknown = null
    // As of a node that lacks the readings of the second report, where no report was posted for the fourth.
    node.lie((path, answer) => {
      if (!path.startsWith('/v1/fleets/2/series')) return answer
      const { buckets, ...rest } = objectOf(answer)
      if (!Array.isArray(buckets)) return answer
      const zero = { known_s: 0, measured_unit_s: 0, delivered_unit_s: 0, utilised_unit_s: 0, energy_wh: 0, measured_units: null, delivered_units: null, utilised_units: null, missing_share: null, trust_level: null, flags: [] }
      told = { ...rest, buckets: buckets.flatMap((bucket: unknown, place) => (place === 3 ? [] : place === 1 ? [{ ...objectOf(bucket), ...zero }] : [bucket])) }
      return told
    })
    await open('/fleets/2')
    await settled(page)
    const table = await expectCharts(page, bucketsOf(told), 4n, await termsOf(chain, contractOf(world, 'CapacityLease'), 2n))
    expect(table.head).toContain('No telemetry')
    expect(table.head).not.toContain('Outage while let')
    expect(table.rows.filter((row) => row.at(-1) === 'Not known to this node')).toHaveLength(1)
    expect(table.rows.filter((row) => row.at(-1)?.startsWith('No telemetry,')).length).toBeGreaterThan(2)
    expect(table.rows[1]?.slice(1, -1).every((cell) => cell === '–')).toBe(true)
    await expect(page.getByRole('figure', { name: 'What became of the capacity' }).first()).toContainText('Not known')
  })

  test('the keyboard moves the chart’s cursor, and what is at it is read out', async ({ page, open }) => {
    await open('/fleets/1')
    await settled(page)
    const table = await chartTable(page)
    const figure = page.getByRole('figure', { name: 'What became of the capacity' })
    const slider = figure.getByRole('slider', { name: 'Cursor: What became of the capacity' })
    const said = figure.getByRole('status')
    const expectAt = async (place: number): Promise<void> => {
      const row = table.rows[place]
      if (row === undefined) throw new Error(`no row ${place}`)
      await expect(slider).toHaveAttribute('aria-valuenow', String(place + 1))
      await expect(slider).toHaveAttribute('aria-valuetext', row[0] ?? '')
      await expect(said).toContainText(`Busy ${row[1]}`)
      if (row.at(-1) !== '') await expect(said).toContainText(row.at(-1) ?? '')
    }
    await expect(figure.locator('canvas')).toBeVisible()
    await slider.focus()
    await slider.press('Home')
    await expectAt(0)
    await slider.press('ArrowRight')
    await expectAt(1)
    await slider.press('End')
    await expectAt(table.rows.length - 1)
    await slider.press('ArrowLeft')
    await expectAt(table.rows.length - 2)
    for (let place = table.rows.findIndex((row) => row.at(-1) !== ''), at = table.rows.length - 2; at > place; at -= 1) await slider.press('ArrowLeft')
    await expectAt(table.rows.findIndex((row) => row.at(-1) !== ''))
    await slider.press('Escape')
    await expect(slider).toHaveAttribute('aria-valuetext', 'not placed yet')
  })
})

for (const fleet of [1n, 2n]) {
  test(`every figure of the money of fleet ${fleet} follows from the chain’s own logs`, async ({ page, open, chain, world }) => {
    await open(`/fleets/${fleet}?part=money`)
    await settled(page)
    // Money moves while one looks: all of it is read at once, and held against the block it says it is of.
    await expect(async () => {
      const shown = await shownOn(page)
      const past = await moneyOf(chain, world, fleet, blockIn(shown.text, /as of block ([0-9,]+)\. What was paid/))
      const { distributions, faces } = past
      const sum = (of: (each: Distribution) => bigint): bigint => distributions.reduce((total, each) => total + of(each), 0n)
      const [rent, wh, incomes] = [sum((each) => each.rent), sum((each) => each.wh), faces.map((_, tranche) => sum((each) => each.incomes[tranche] ?? 0n))]
      const [income, face] = [incomes.reduce((total, each) => total + each, 0n), faces.reduce((total, each) => total + each, 0n)]
      expect(distributions.length).toBeGreaterThan(1)
      expect(rent).toBeGreaterThan(0n)

      expect(shown.terms['Rent distributed']).toBe(`${amount(rent)} | tUSD | in ${distributions.length} distributions`)
      expect(shown.terms['Revenue per kWh']).toBe(`${amount((rent * 1000n) / wh)} | tUSD | rent over ${energy(wh)} metered with it`)
      expect(shown.terms['Gross yield']).toContain(`${percent(rent, face, 4)} |`)
      expect(shown.terms['Net yield']).toContain(`${percent(income, face, 4)} |`)
      expect(shown.terms['Gross']).toBe('Rent that came into the waterfall, divided by the face of all tranches.')
      expect(shown.terms['Net']).toBe('What tranches got after fees, energy and reserve, divided by their face. Rounded down.')
      expect(shown.terms['Per year']).toContain('Not annualised: the period is shorter than 30 days.')
      expect(shown.text).toContain(`Period${moment(past.createdAt)} to ${moment(distributions.at(-1)?.time ?? 0n)}`)

      const returns = tableOf(shown, 'By tranche, over the same period')
      expect(returns.rows).toEqual(faces.map((each, tranche) => [past.names[tranche], money(each), money(incomes[tranche] ?? 0n), percent(incomes[tranche] ?? 0n, each, 4)]))
      expect(returns.foot).toEqual(['All', money(face), money(income), percent(income, face, 4)])

      const periods = tableOf(shown, 'Distributions, newest first')
      expect(periods.rows.map((row) => row.slice(0, 7))).toEqual(
        distributions.toReversed().map((each) => [
          moment(each.time),
          moment(each.from),
          money(each.rent),
          energy(each.wh),
          each.wh === 0n ? '–' : money((each.rent * 1000n) / each.wh),
          money(each.fees.reduce((total, fee) => total + fee, 0n)),
          money(each.incomes.reduce((total, one) => total + one, 0n)),
        ]),
      )
      periods.rows.forEach((row, place) => expect(row[7]).toContain(distributions.toReversed()[place]?.tx))

      const block = blockIn(shown.text, /Senior first, as of block ([0-9,]+)\./)
      const tranches = tableOf(shown, 'Tranches, senior first')
      const streamed = await Promise.all(past.shares.map((_, tranche) => chain.client.readContract({ address: past.waterfall, abi: revenueWaterfallAbi, functionName: 'streamed', args: [BigInt(tranche)], blockNumber: block })))
      expect(tranches.rows.map((row) => [row[0], row[1], row[3], row[4], row[5]])).toEqual(
        faces.map((each, tranche) => [past.names[tranche], money(each), money(incomes[tranche] ?? 0n), money(streamed[tranche] ?? 0n), money(past.claimed[tranche] ?? 0n)]),
      )
    }).toPass({ timeout: 30_000 })
  })
}

test('the waterfall’s picture adds up: what came in is what each step took, in every distribution', async ({ page, open, chain, world }) => {
  await open('/fleets/1?part=money')
  await settled(page)
  const { distributions } = await moneyOf(chain, world, 1n, 'latest')
  const choice = page.getByRole('combobox', { name: 'Distribution of' })
  const figure = page.getByRole('figure').filter({ hasText: 'rent settled since' })
  for (const { time, rent, fees, incomes, reserveIn, reserveOut } of distributions) {
    await choice.selectOption(moment(time))
    const picture = tableOf(await shownOn(page), `Distribution of ${moment(time)}`)
    const steps = [...fees, ...incomes.slice(0, -1), reserveIn, incomes.at(-1) ?? 0n]
    const came = [rent, ...(reserveOut > 0n ? [reserveOut] : [])]
    expect(came.reduce((sum, each) => sum + each, 0n), 'the chain’s own figures').toBe(steps.reduce((sum, each) => sum + each, 0n))
    expect(picture.rows.map((row) => row[1])).toEqual([...came.map(money), ...steps.map((each) => (each > 0n ? `−${money(each)}` : money(each)))])
    expect(picture.rows.at(-1)?.[2], 'nothing is left').toBe(money(0n))
    // The bars over their amounts, which are cut to two decimals.
    await expect(figure.locator('svg rect')).toHaveCount(picture.rows.length)
    expect(await figure.locator('svg text').allTextContents()).toEqual([...came.map(short), ...steps.map((each) => (each > 0n ? `−${short(each)}` : short(each)))])
  }
})

test.describe('documents', () => {
  test('one of a site that the page may ask is fetched and its hash checked', async ({ page, open }) => {
    await open('/fleets/1?part=papers')
    await settled(page)
    await page.getByRole('button', { name: 'Check “metering”' }).click()
    await expect(page.getByRole('main')).toContainText('This is the document the operator published')
    await expect(page.getByRole('main')).toContainText(`Its ${count(readFileSync(METERING).length)} bytes have the hash that the chain holds.`)
    await expectAccessible(page)
  })

  test('other bytes are said to be another document', async ({ page, open }) => {
    await page.route(/\/documents\/metering\.md$/, async (route) => {
      const answer = await route.fetch()
      await route.fulfill({ response: answer, body: (await answer.text()).replace('a', 'b') })
    })
    await open('/fleets/1?part=papers')
    await settled(page)
    await page.getByRole('button', { name: 'Check “metering”' }).click()
    await expect(page.getByRole('alert').filter({ hasText: 'This is another document' })).toBeVisible()
    await expect(page.getByRole('main')).not.toContainText('This is the document the operator published')
  })

  test('of a site that the page may not ask, the file is chosen by hand', async ({ page, open, config }) => {
    config.set({ documents: [] })
    await open('/fleets/1?part=papers')
    await settled(page)
    await expect(page.getByRole('button', { name: 'Fetch the operator’s list and check it' })).toHaveCount(0)
    await page.getByRole('button', { name: 'Check “metering”' }).click()
    const choose = page.getByLabel('The file you downloaded')
    await choose.setInputFiles(METERING)
    await expect(page.getByRole('main')).toContainText('This is the document the operator published')
    await choose.setInputFiles(H100_INVENTORY)
    await expect(page.getByRole('main')).toContainText('This is another document')
    await expect(page.getByRole('main')).not.toContainText('This is the document the operator published')
  })
})

test.describe('the inventory', () => {
  test('the operator’s own list gives the root on the chain', async ({ page, open, chain, world }) => {
    await open('/fleets/1?part=papers')
    await settled(page)
    const [root, size] = await chain.client.readContract({ address: contractOf(world, 'FleetRegistry'), abi: fleetRegistryAbi, functionName: 'inventoryOf', args: [1, 1] })
    await page.getByRole('button', { name: 'Fetch the operator’s list and check it' }).click()
    await expect(page.getByRole('main')).toContainText('This is the current inventory')
    await expect(page.getByRole('main')).toContainText(`${size} GPUs give the root of version 1:`)
    const { text, tables } = await shownOn(page)
    expect(text.split(root).length - 1, 'in the table of versions, and as the list’s own').toBe(2)
    expect(tables.find(({ caption }) => caption === 'Versions of the inventory')?.rows[0]?.[2]).toContain(root)
  })

  test('a list chosen by hand is checked too, and one of other GPUs is not the fleet’s', async ({ page, open }) => {
    await open('/fleets/1?part=papers')
    await settled(page)
    const choose = page.getByLabel('Check a list of GPUs against the root')
    await choose.setInputFiles(H100_INVENTORY)
    await expect(page.getByRole('main')).toContainText('This is the current inventory')
    await choose.setInputFiles(OTHER_INVENTORY)
    await expect(page.getByRole('alert').filter({ hasText: 'This is not the fleet’s inventory' })).toBeVisible()
    await expect(page.getByRole('main')).not.toContainText('This is the current inventory')
    await choose.setInputFiles({ name: 'list.txt', mimeType: 'text/plain', buffer: Buffer.from('GPU-1\nGPU-2\nGPU-1\n') })
    await expect(page.getByRole('alert').filter({ hasText: 'stands on line 1 and again on line 3' })).toBeVisible()
  })
})

for (const part of PARTS) {
  test(`a fleet whose words mean harm is text on its page, and on a phone stays in its place: ${part}`, async ({ page, open }) => {
    await page.setViewportSize({ width: 320, height: 640 })
    await open(`/fleets/3?part=${part}`)
    await settled(page)
    await expect(page.getByRole('heading', { level: 1 })).toContainText('<img src=x onerror=')
    await expect(page).toHaveTitle(/Wellhead/)
    expect(await page.locator('main img, main script, main b[onmouseover]').count()).toBe(0)
    expect(await page.evaluate(() => /[\u202a-\u202e\u200b]/u.test(document.body.innerText))).toBe(false)
    expect((await shownOn(page)).text.length, 'ten thousand characters of a name are cut').toBeLessThan(9_000)
    await expectNoSidewaysScroll(page)
    await open(`/fleets/1?part=${part}`)
    await expect(page.getByRole('heading', { level: 1, name: 'NVIDIA H100 80GB HBM3' })).toBeVisible()
    await settled(page)
    await expectNoSidewaysScroll(page)
    await expectAccessible(page)
  })
}

const short = (units: bigint): string => (units > 0n && units < 10_000n ? '< 0.01' : amount(units, 2))

/** The table behind the chart of the capacity, opened as a person does it. */
async function chartTable(page: Page) {
  const figure = page.getByRole('figure', { name: 'What became of the capacity' })
  await figure.getByText('The same as a table').click()
  await expect(figure.getByRole('table')).toBeVisible()
  return tableOf(await shownOn(page), 'What became of the capacity')
}

/** All charts of what was measured, and the figures above them, against what follows from a node's buckets and the chain's leases. Gives the capacity's table. */
async function expectCharts(page: Page, buckets: readonly Bucket[], units: bigint, terms: readonly Term[]) {
  const table = await chartTable(page)
  const { head, rows } = chartRows(buckets, units, terms)
  expect(table.head).toEqual(head)
  expect(table.rows).toEqual(rows)
  await expectMeasured(page, measuredOf(buckets, units, terms, 9_900n))
  return table
}

/** The tables behind the three small charts, and the figures above them; the remarks are those of the capacity's chart. */
async function expectMeasured(page: Page, { charts, figures }: ReturnType<typeof measuredOf>): Promise<void> {
  for (const name of Object.keys(charts)) {
    const figure = page.getByRole('figure', { name, exact: true })
    await figure.getByText('The same as a table').click()
    await expect(figure.getByRole('table')).toBeVisible()
  }
  const shown = await shownOn(page)
  const remarks = tableOf(shown, 'What became of the capacity').rows.map((row) => row.at(-1) ?? '')
  for (const [name, { head, rows }] of Object.entries(charts)) {
    expect(tableOf(shown, name), name).toMatchObject({ head: ['Time', ...head, 'Remark'], rows: rows.map((row, place) => [...row, remarks[place]]) })
  }
  expect(shown.terms).toMatchObject(figures)
}

interface Listed {
  readonly id: bigint
  readonly operator: string
  readonly rate: string
  readonly let_: string
  readonly availability: string
}

async function listed(page: Page): Promise<readonly Listed[]> {
  return tableOf(await shownOn(page), 'Fleets').rows.map(([words = '', operator = '', rate = '', let_ = '', availability = '']) => ({
    id: BigInt(/Fleet (\d+) ·/.exec(words)?.[1] ?? 0),
    operator,
    rate,
    let_,
    availability,
  }))
}

async function fleetsOf(chain: Chain, world: World) {
  const address = contractOf(world, 'FleetRegistry')
  const proposed = await logsOf(chain, fleetRegistryAbi, address, ['FleetProposed'])
  const leases = contractOf(world, 'CapacityLease')
  return Promise.all(
    proposed.map(async (log) => {
      const id = whole(log, 'fleetId')
      const at = { address, abi: fleetRegistryAbi } as const
      const [spec, status, operator, committed] = await Promise.all([
        chain.client.readContract({ ...at, functionName: 'specOf', args: [Number(id)] }),
        chain.client.readContract({ ...at, functionName: 'statusOf', args: [Number(id)] }),
        chain.client.readContract({ ...at, functionName: 'ownerOf', args: [id] }),
        unitsCommitted(chain, leases, id),
      ])
      return { id, status: status[0], operator, rate: spec.listRate, units: BigInt(spec.units), free: BigInt(spec.units) - committed, availabilityBps: BigInt(spec.availabilityBps) }
    }),
  )
}

async function unitsCommitted(chain: Chain, address: Address, id: bigint): Promise<bigint> {
  const account = await chain.client.readContract({ address, abi: capacityLeaseAbi, functionName: 'fleetAccountOf', args: [Number(id)] })
  return BigInt(account.unitsCommitted)
}
