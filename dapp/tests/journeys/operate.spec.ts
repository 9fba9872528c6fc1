import { readFileSync } from 'node:fs'
import type { Page } from '@playwright/test'
import { keccak256, maxUint256, stringToBytes, type Hex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { capacityLeaseAbi } from '../../src/chain/abi/CapacityLease'
import { erc20PermitAbi } from '../../src/chain/abi/ERC20Permit'
import { expectAccessible } from '../harness/axe'
import type { Chain } from '../harness/chain'
import { objectOf } from '../harness/json'
import { expect, STARTING_USD, test } from '../harness/test'
import type { World } from '../harness/world'
import { money, ofPpm } from './parts/expected'
import { Fleets, LISTED } from './parts/operators'
import { connect } from './parts/people'
import { shownOn, tableOf } from './parts/screen'
import { expectNoSidewaysScroll, settled } from './parts/settled'
import { squeezed } from './parts/squeezed'
import { Leases, price } from './parts/tenants'
import { carryOut } from './parts/writing'

const SITE = 'Nouvelle salle, Sète'
const DAY = 86_400n

/** Fills in what has no usual value. */
async function specify(page: Page): Promise<void> {
  await page.getByRole('textbox', { name: 'Model' }).fill('NVIDIA H100')
  await page.getByRole('textbox', { name: 'Site', exact: true }).fill(SITE)
  await page.getByRole('textbox', { name: 'List rate' }).fill('1.5')
}

test('an operator registers from an inventory file, publishes after a reload, is listed, and finds the fleet among his own', async ({ page, open, wallet, chain, world }) => {
  test.slow()
  const fleets = new Fleets(chain, world)
  const listed: unknown = JSON.parse(readFileSync(world.newcomersInventory, 'utf8'))
  const count = Array.isArray(listed) ? listed.length : 0
  await open('/operate')
  await connect(page)
  await expect(page.getByText('This account operates no fleet')).toBeVisible()
  await page.getByRole('link', { name: 'Register a fleet' }).click()
  await page.getByLabel('Inventory file').setInputFiles(world.newcomersInventory)
  await expect(page.getByText(`${count} GPUs`).first()).toBeVisible()
  await expect(page.getByRole('textbox', { name: 'Units' })).toHaveValue(`${count}`)
  const propose = page.getByRole('button', { name: 'Review and propose' })
  await expect(propose).toBeDisabled()
  await specify(page)
  await page.getByRole('textbox', { name: 'Units' }).fill(`${count + 1}`)
  await expect(page.getByRole('main')).toContainText(`The inventory names ${count} GPU.`)
  await expect(propose).toBeDisabled()
  await page.getByRole('textbox', { name: 'Units' }).fill(`${count - 1}`)
  await propose.click()
  await carryOut(page, 'Propose a fleet')
  const fleetId = await fleets.proposedBy(wallet.address)
  expect(await fleets.specOf(fleetId)).toEqual({
    currency: world.currency,
    listRate: 1_500_000n,
    units: count - 1,
    boardWatts: 700,
    availabilityBps: 9_900,
    penaltyBps: 5_000,
    creditCapBps: 3_000,
    notice: 43_200,
    model: 'NVIDIA H100',
    site: SITE,
  })
  await expect(page.getByRole('heading', { name: `Step 2 of 2: publish the inventory of fleet ${fleetId}` })).toBeVisible()
  await page.reload()
  await page.getByRole('button', { name: `Publish for fleet ${fleetId}` }).click()
  await carryOut(page, `Publish the inventory of fleet ${fleetId}`)
  const [root, published] = await fleets.inventoryOf(fleetId, 1)
  expect(published).toBe(count)
  // The newcomers' site keeps its list under the root that other code made of it.
  const { documents } = objectOf(await (await fetch(new URL('config.json', world.pageUrl))).json())
  const site = Array.isArray(documents) ? String(documents.at(-1)) : ''
  expect((await fetch(`${site}/inventory/${root}`)).status).toBe(200)

  await expect(page.getByText('listed', { exact: true })).toBeVisible({ timeout: 60_000 })
  expect((await fleets.statusOf(fleetId)).status).toBe(LISTED)
  expect(await fleets.operatorOf(fleetId)).toBe(wallet.address)
  await page.getByRole('link', { name: 'Your fleets' }).click()
  await expect(page.getByRole('table', { name: 'Your fleets' }).getByRole('row')).toHaveCount(2)
  await expect(page.getByRole('table', { name: 'Your fleets' })).toContainText(SITE)
  await expectAccessible(page)

  // Until a report has its meter, the nodes know that there is nothing to tell.
  await open('/fleets')
  await expect(page.getByRole('row').filter({ hasText: SITE })).toContainText('no readings yet')
  await open(`/fleets/${fleetId}`)
  await expect(page.getByText('No readings in this time', { exact: true })).toBeVisible()
})

test('an inventory file that is wrong is refused by name, and nothing can be proposed of it', async ({ page, open, wallet, chain }) => {
  await open('/operate/register')
  await connect(page)
  await specify(page)
  const propose = page.getByRole('button', { name: 'Review and propose' })
  const files: readonly (readonly [string, string | Buffer, string])[] = [
    ['twice.json', '[\n  "GPU-a",\n  "GPU-b",\n  "GPU-a"\n]', 'stands on line 2 and again on line 4.'],
    ['lines.txt', 'GPU-a\nGPU-b, 81559 MiB\n', 'Line 2 is not just a UUID:'],
    ['nameless.json', '[\n  {"uuid": "GPU-a"},\n  {"serial": "1"}\n]', 'Line 3: this entry has no UUID in text.'],
    ['torn.json', '["GPU-a",', 'It begins as JSON and stops being well formed at line 1.'],
    ['object.json', '{"gpus": ["GPU-a"]}', 'It is JSON, but not a list.'],
    ['empty.txt', '\n\n', 'It names no GPU.'],
    ['picture.txt', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0]), 'It is not text.'],
    ['long.txt', `GPU-${'a'.repeat(200)}`, 'Line 1: 204 characters. A node takes UUIDs of up to 80.'],
    ['markup.txt', 'GPU-a\n<img/src=x/onerror=alert(1)>', 'Line 2 is not just a UUID: <img'],
    ['many.txt', Array.from({ length: 20_001 }, (_, place) => `GPU-${place}`).join('\n'), 'It names 20,001 GPUs. A node reads lists of up to 20,000'],
    ['huge.txt', Buffer.alloc(33 * 1024 * 1024, 'a'), 'It has more than 32 MB'],
  ]
  for (const [name, content, said] of files) {
    await page.getByLabel('Inventory file').setInputFiles({ name, mimeType: 'text/plain', buffer: typeof content === 'string' ? Buffer.from(content) : content })
    const notice = page.getByRole('alert').filter({ hasText: 'This file is not taken' })
    await expect(notice, name).toContainText(said)
    await expect(propose, name).toBeDisabled()
  }
  await expectAccessible(page)
  await page.getByLabel('Inventory file').setInputFiles({ name: 'good.txt', mimeType: 'text/plain', buffer: Buffer.from('GPU-a\nGPU-b\n') })
  await expect(propose).toBeEnabled()
  expect(await chain.client.getTransactionCount({ address: wallet.address })).toBe(0)
})

test('coverage of a fleet is what each node says of it', async ({ page, open, world }) => {
  const operator = privateKeyToAccount(world.keys['operator'] ?? '0x').address
  await open(`/operate?as=${operator}`)
  await settled(page)
  await expect(page.getByRole('table', { name: 'Your fleets' })).toContainText('4 of 4 nodes')
  await expectAccessible(page)
  await page.getByRole('table', { name: 'Your fleets' }).getByRole('link').first().click()
  await page.getByRole('tab', { name: 'Measured' }).click()
  const caption = /^Telemetry of the last 24 epochs/
  await expect(page.getByRole('table', { name: caption }).getByRole('row')).toHaveCount(world.nodes.length + 1)
  // A node samples while one looks.
  await expect(async () => {
    const { rows } = tableOf(await shownOn(page), caption)
    for (const [place, node] of world.nodes.entries()) {
      expect(rows[place]?.slice(0, 3)).toEqual([node.replace(/\/$/, ''), 'reached', await gotOfDue(node)])
    }
  }).toPass()
  await expectAccessible(page)
})

/** Answers got of those due for the first fleet over the last 24 epochs, as a node has them. */
async function gotOfDue(node: string): Promise<string> {
  const { sites } = objectOf(await (await fetch(new URL('/v1/coverage?epochs=24', node))).json())
  const own: unknown = Array.isArray(sites) ? sites.find((site: unknown) => objectOf(site)['fleet_id'] === '1') : undefined
  const { epochs } = objectOf(own)
  const all = Array.isArray(epochs) ? epochs.map((epoch: unknown) => objectOf(epoch)) : []
  const due = all.reduce((sum, epoch) => sum + Number(epoch['due']), 0)
  const got = all.reduce((sum, epoch) => sum + Math.min(Number(epoch['answers']), Number(epoch['due'])), 0)
  return ofPpm((BigInt(got) * 1_000_000n) / BigInt(due))
}

test.describe('who holds a fleet’s title', () => {
  test.use({ ownChain: true })

  test('sees earnings equal to the events, claims them to another address, and distributes when it is due', async ({ page, open, wallet, chain, world }) => {
    await chain.client.setIntervalMining({ interval: 1 })
    const fleets = new Fleets(chain, world)
    const leases = new Leases(chain, world)
    await fleets.handTitle(1n, wallet.address)
    await open('/operate/1')
    await connect(page)
    const before = await fleets.earned(1n)
    const claimable = await fleets.claimable(1n)
    expect(before.distributions).toBeGreaterThan(0)
    expect(before.energy + before.fee - before.claimed).toBe(claimable)
    await expect(page.getByRole('table', { name: 'By distribution, newest first' }).getByRole('row')).toHaveCount(before.distributions + 1)
    const { terms } = await shownOn(page)
    expect(terms['Distributed']).toContain(money(before.rent))
    expect(before.claimed).toBe(0n)
    expect(terms['Operator fee']).toContain(money(before.fee))
    expect(terms['Energy part']).toContain(money(before.energy))
    expect(terms['In the till']).toContain(money((await leases.fleetAccount(1n)).money.till))

    const other = privateKeyToAccount(await chain.freshKey()).address
    await page.getByRole('textbox', { name: 'Paid to' }).fill('0x1234')
    await page.getByRole('textbox', { name: 'Paid to' }).blur()
    await expect(page.getByRole('button', { name: 'Review and claim' })).toBeDisabled()
    await page.getByRole('textbox', { name: 'Paid to' }).fill(other)
    await page.getByRole('button', { name: 'Review and claim' }).click()
    await expect(page.getByRole('dialog')).toContainText(other.slice(-4))
    await carryOut(page, 'Claim the operator’s part of fleet 1')
    expect(await chain.balanceOf(world.currency, other)).toBe(claimable)
    expect(await fleets.claimable(1n)).toBe(0n)
    await expect(page.getByText('There is nothing to claim now.')).toBeVisible()
    await expect(page.getByRole('main')).toContainText(money(before.claimed + claimable))

    await chain.moveTo((await fleets.nextDistributionAt(1n)) > (await chain.now()) ? await fleets.nextDistributionAt(1n) : (await chain.now()) + 60n)
    await page.getByRole('button', { name: 'Review and distribute' }).click()
    await carryOut(page, 'Distribute the till of fleet 1')
    const after = await fleets.earned(1n)
    expect(after.distributions).toBe(before.distributions + 1)
    await expect(page.getByRole('main')).toContainText('Possible again at')
    await expect(page.getByRole('table', { name: 'By distribution, newest first' }).getByRole('row')).toHaveCount(after.distributions + 1)
    await expect(page.getByRole('main')).toContainText(money(after.rent))
    await expectAccessible(page)
  })

  test('deposits bond and takes it out to another address, but not while a lease is open', async ({ page, open, wallet, chain, world }) => {
    await chain.client.setIntervalMining({ interval: 1 })
    const [fleets, leases] = [new Fleets(chain, world), new Leases(chain, world)]
    await fleets.handTitle(3n, wallet.address)
    const before = (await leases.fleetAccount(3n)).bond
    await open('/operate/3')
    await connect(page)
    await page.getByRole('tab', { name: 'Bond and terms' }).click()
    const deposit = page.getByRole('textbox', { name: 'Deposit' })
    await deposit.fill('200000')
    await expect(page.getByRole('main')).toContainText(`Your account holds ${money(STARTING_USD)}.`)
    await deposit.fill('100,5')
    await page.getByRole('button', { name: 'Review and deposit' }).click()
    await carryOut(page, 'Add to the bond of fleet 3', { steps: 2 })
    expect((await leases.fleetAccount(3n)).bond).toBe(before + 100_500_000n)
    expect(await chain.balanceOf(world.currency, wallet.address)).toBe(STARTING_USD - 100_500_000n)

    const other = privateKeyToAccount(await chain.freshKey()).address
    await page.getByRole('textbox', { name: 'Withdraw' }).fill('0.5')
    await page.getByRole('textbox', { name: 'Paid to' }).fill(other)
    await page.getByRole('button', { name: 'Review and withdraw' }).click()
    await carryOut(page, 'Withdraw from the bond of fleet 3')
    expect((await leases.fleetAccount(3n)).bond).toBe(before + 100_000_000n)
    expect(await chain.balanceOf(world.currency, other)).toBe(500_000n)

    await openLease(chain, world, 3n)
    await expect(page.getByText('Held: 1 lease is open and may still earn credits.')).toBeVisible()
    await expect(page.getByRole('button', { name: 'Review and withdraw' })).toBeDisabled()
    await expect(page.getByRole('textbox', { name: 'Withdraw' })).toBeDisabled()
    await expectAccessible(page)
  })

  test('changes the list rate for leases to come, and publishes a document by its hash', async ({ page, open, wallet, chain, world }) => {
    await chain.client.setIntervalMining({ interval: 1 })
    const fleets = new Fleets(chain, world)
    await fleets.handTitle(2n, wallet.address)
    const now = (await fleets.specOf(2n)).listRate
    await open('/operate/2')
    await connect(page)
    await page.getByRole('tab', { name: 'Bond and terms' }).click()
    const rate = page.getByRole('textbox', { name: 'New list rate' })
    await rate.fill(String(Number(now) / 1e6))
    await expect(page.getByRole('main')).toContainText('This is the rate now.')
    await rate.fill('2,75')
    await page.getByRole('button', { name: 'Review and change' }).click()
    await carryOut(page, 'Change the list rate of fleet 2')
    expect((await fleets.specOf(2n)).listRate).toBe(2_750_000n)
    await expect(page.getByRole('main')).toContainText('2.75 tUSD')

    await page.getByRole('tab', { name: 'Inventory and documents' }).click()
    const text = 'Le bail type, article 1.\n'
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('lease')
    await page.getByRole('textbox', { name: 'Web address' }).fill('javascript:alert(1)')
    await expect(page.getByRole('main')).toContainText('A plain web address, beginning with https://')
    await page.getByRole('textbox', { name: 'Web address' }).fill('https://example.com/lease.txt')
    await page.getByLabel('The file itself').setInputFiles({ name: 'lease.txt', mimeType: 'text/plain', buffer: Buffer.from(text) })
    const form = page.getByRole('form', { name: 'Publish a document' })
    await form.getByRole('button', { name: 'Review and publish' }).click()
    await carryOut(page, 'Publish a document of fleet 2')
    expect(await fleets.newestDocument(2n)).toEqual({ name: 'lease', uri: 'https://example.com/lease.txt', hash: keccak256(stringToBytes(text)) })
    await expect(page.getByRole('table', { name: 'Published', exact: true })).toContainText('lease')
    await expectAccessible(page)
  })

  test('says which GPUs serve a lease, saves the very bytes that were hashed, and takes them away', async ({ page, open, wallet, chain, world }) => {
    await chain.client.setIntervalMining({ interval: 1 })
    const fleets = new Fleets(chain, world)
    await fleets.handTitle(1n, wallet.address)
    await open('/operate/1')
    await connect(page)
    await page.getByRole('tab', { name: 'Leases and GPUs' }).click()
    await page.getByRole('button', { name: 'Choose the GPUs of lease 2' }).click()
    await page.getByLabel('Inventory file').setInputFiles({ name: 'other.txt', mimeType: 'text/plain', buffer: Buffer.from('GPU-x\nGPU-y\n') })
    await expect(page.getByRole('alert').filter({ hasText: 'No published version has this root.' })).toBeVisible()
    await page.getByLabel('Inventory file').setInputFiles('../examples/telemetry/h100-inventory.json')
    await page.getByRole('button', { name: 'Choose the first ones' }).click()
    await expect(page.getByText('This list is the one in force.')).toBeVisible()
    await page.getByRole('checkbox').nth(3).uncheck()
    await expect(page.getByText('1 GPU fewer than the lease has units: its time is not delivered.')).toBeVisible()
    await page.getByRole('checkbox').nth(4).check()
    const saved = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Save the list' }).last().click()
    const hash = keccak256(readFileSync(await (await saved).path()))
    await page.getByRole('button', { name: 'Review and allocate' }).click()
    await carryOut(page, 'Say which GPUs serve lease 2')
    expect(await allocated(chain, world, 2n)).toBe(hash)

    await page.getByRole('button', { name: 'Choose the GPUs of lease 2' }).click()
    await page.getByRole('tab', { name: 'Take all away' }).click()
    await page.getByRole('button', { name: 'Review and take all away' }).click()
    await carryOut(page, 'Say which GPUs serve lease 2')
    expect(BigInt(await allocated(chain, world, 2n))).toBe(0n)
    await expect(page.getByRole('main')).toContainText('1 lease without GPUs')
    await expectAccessible(page)
  })
})

test('who does not hold the title may read everything and is told so', async ({ page, open, wallet, chain }) => {
  await open('/operate/1')
  await connect(page)
  await expect(page.getByText('Your account does not hold this fleet’s title.')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Review and claim' })).toBeDisabled()
  await page.getByRole('tab', { name: 'Bond and terms' }).click()
  await expect(page.getByRole('button', { name: 'Review and change' })).toBeDisabled()
  await expect(page.getByRole('main')).toContainText('Only who holds the title of this fleet may do this.')
  await open('/operate/99999')
  await expect(page.getByText('There is no such fleet')).toBeVisible()
  expect(await chain.client.getTransactionCount({ address: wallet.address })).toBe(0)
})

test('pages of operators at 320 pixels scroll nothing but their tables, and no cell is squeezed', async ({ page, open, world }) => {
  await page.setViewportSize({ width: 320, height: 900 })
  const operator = privateKeyToAccount(world.keys['operator'] ?? '0x').address
  for (const route of ['/operate', '/operate/1', '/operate/register']) {
    await open(`${route}?as=${operator}`)
    await settled(page)
    await expectNoSidewaysScroll(page)
    expect(await squeezed(page), route).toEqual([])
    await page.screenshot({ path: `../build/dapp-test/images/narrow${route.replaceAll('/', '-')}.png`, fullPage: true })
  }
})

/** Another account's lease of one GPU, at least escrow's cost and more. */
async function openLease(chain: Chain, world: World, fleet: bigint): Promise<void> {
  const leases = new Leases(chain, world)
  const account = privateKeyToAccount(await chain.freshKey())
  const length = await leases.epochLength()
  const soon = (await chain.now()) + DAY
  const asked = { fleet, units: 1n, start: soon - (soon % length), end: soon - (soon % length) + DAY }
  const escrow = price(asked, await leases.rateOf(fleet), 'up')
  await chain.mint(world.currency, account.address, escrow)
  const request = await leases.request(asked, escrow, account.address)
  const approved = await chain.client.writeContract({ chain: null, account, address: world.currency, abi: erc20PermitAbi, functionName: 'approve', args: [leases.address, maxUint256] })
  await chain.client.waitForTransactionReceipt({ hash: approved })
  const opened = await chain.client.writeContract({ chain: null, account, address: leases.address, abi: capacityLeaseAbi, functionName: 'open', args: [request] })
  expect((await chain.client.waitForTransactionReceipt({ hash: opened })).status).toBe('success')
}

/** The hash of the newest list of a lease's GPUs. */
async function allocated(chain: Chain, world: World, leaseId: bigint): Promise<Hex> {
  const address = new Leases(chain, world).address
  const found = await chain.client.getContractEvents({ address, abi: capacityLeaseAbi, eventName: 'Allocated', args: { leaseId }, fromBlock: 0n })
  return found.at(-1)?.args.bodyHash ?? '0x'
}
