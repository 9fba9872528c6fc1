import type { Page } from '@playwright/test'
import { getAddress, keccak256, numberToHex, type Address } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { erc20PermitAbi } from '../../src/chain/abi/ERC20Permit'
import { fleetShareAbi } from '../../src/chain/abi/FleetShare'
import { formatAmount } from '../../src/format/formatAmount'
import { expectAccessible } from '../harness/axe'
import type { Chain } from '../harness/chain'
import { objectOf } from '../harness/json'
import { expect, STARTING_USD, test } from '../harness/test'
import { Market } from './parts/investors'
import { connect, UNIT } from './parts/people'
import { expectNoSidewaysScroll } from './parts/settled'
import { downloadStatement, listIn, sum, type Files } from './parts/statement'
import { carryOut } from './parts/writing'

const AGREES = /\d+ movements?; equal to the chain to the unit/
const STRANGER = getAddress('0x00000000000000000000000000000000000000aa')

/** The row of a share among the holdings: each has a button to send it, named after it. */
function holding(page: Page, tranche: 'Equity' | 'Senior tranche') {
  return page.getByRole('table', { name: 'Holdings' }).getByRole('row').filter({ has: page.getByRole('button', { name: new RegExp(`^Send: ${tranche}`) }) })
}

test.describe('claiming', () => {
  test.use({ ownChain: true })

  test('the income of one share, then of all, each to the unit', async ({ page, open, wallet, chain, world }) => {
    const market = new Market(chain, world)
    const equity = await market.give(wallet.address, 1_000n * UNIT, 1n)
    const senior = await market.give(wallet.address, 500n * UNIT, 2n)
    await market.earn(senior)
    await market.earn(equity)
    await chain.client.setIntervalMining({ interval: 1 })
    await open('/portfolio')
    await connect(page)
    await expect(page.getByRole('table', { name: 'Holdings' }).getByRole('row')).toHaveCount(3)
    await holding(page, 'Equity').getByRole('button', { name: /^Claim: / }).click()
    await carryOut(page, 'Claim the income of a share')
    const one = (await chain.balanceOf(world.currency, wallet.address)) - STARTING_USD
    expect(one).toBeGreaterThan(0n)
    expect(one).toBe(await claimed(equity))
    await page.getByRole('button', { name: 'Claim all' }).click()
    await carryOut(page, 'Claim the income of 2 positions', { steps: 2 })
    expect((await chain.balanceOf(world.currency, wallet.address)) - STARTING_USD).toBe((await claimed(equity)) + (await claimed(senior)))
    expect(await claimed(senior)).toBeGreaterThan(0n)
    await expect(page.getByText(AGREES)).toBeVisible()
    await expect(page.getByRole('table', { name: 'Income' })).toContainText('Claimed')
    await expectAccessible(page)

    /** What was paid out in all, by the share's own events. */
    async function claimed(share: `0x${string}`): Promise<bigint> {
      return market.claimedBy(share, wallet.address)
    }
  })

  test('of all shares is one batch where the wallet has batches', async ({ page, open, wallets, chain, world }) => {
    const market = new Market(chain, world)
    const wallet = await wallets.add({ batches: 'ready', key: await chain.freshKey() })
    const equity = await market.give(wallet.address, 1_000n * UNIT, 1n)
    const senior = await market.give(wallet.address, 500n * UNIT, 2n)
    await market.earn(senior)
    await market.earn(equity)
    await chain.client.setIntervalMining({ interval: 1 })
    await open('/portfolio')
    await connect(page)
    await page.getByRole('button', { name: 'Claim all' }).click()
    await carryOut(page, 'Claim the income of 2 positions')
    expect(await chain.client.getTransactionCount({ address: wallet.address })).toBe(1)
    const paid = (await market.claimedBy(equity, wallet.address)) + (await market.claimedBy(senior, wallet.address))
    expect(paid).toBeGreaterThan(0n)
    expect(await chain.balanceOf(world.currency, wallet.address)).toBe(paid)
  })
})

test.describe('sending shares', () => {
  test.use({ ownChain: true })

  test('refuses what is no good address, and past income stays with the sender', async ({ page, open, wallet, chain, world }) => {
    const market = new Market(chain, world)
    const share = await market.give(wallet.address, 1_000n * UNIT)
    await market.earn(share)
    await chain.client.setIntervalMining({ interval: 1 })
    await open('/portfolio')
    await connect(page)
    await holding(page, 'Equity').getByRole('button', { name: /^Send: / }).click()
    const dialog = page.getByRole('dialog', { name: 'Send shares' })
    const to = dialog.getByRole('textbox', { name: 'To' })
    const amount = dialog.getByRole('textbox', { name: 'Shares' })
    const review = dialog.getByRole('button', { name: 'Review the transfer' })
    await amount.fill('400')
    for (const [address, said] of [
      [world.currency.replace(/[a-f]/, (letter) => letter.toUpperCase()).replace(/[A-F](?=[^A-F]*$)/, (letter) => letter.toLowerCase()), 'The capital letters do not fit the address'],
      ['0x0000000000000000000000000000000000000000', 'This is the zero address: nobody’s.'],
      [wallet.address, 'This is your own address.'],
      [share, 'This is the share token itself: shares sent there are lost.'],
      [market.sale, 'This is one of Wellhead’s contracts: shares sent there are lost.'],
      ['0x00zz', 'After 0x an address has only the digits 0 to 9 and the letters a to f.'],
    ] as const) {
      await to.fill(address)
      await expect(dialog, address).toContainText(said)
      await expect(review, address).toBeDisabled()
    }
    await to.fill(STRANGER)
    await expect(review).toBeEnabled()
    await amount.fill('1000.000001')
    await expect(dialog).toContainText('You have only')
    await expect(review).toBeDisabled()
    await dialog.getByRole('button', { name: 'All' }).click()
    await expect(dialog).toContainText('Income up to the transfer stays yours')
    await expectAccessible(page)
    await review.click()
    await carryOut(page, 'Send shares')

    expect(await market.held(share, wallet.address)).toBe(0n)
    expect(await market.held(share, STRANGER)).toBe(1_000n * UNIT)
    const kept = await market.claimable(share, wallet.address)
    expect(kept).toBeGreaterThan(0n)
    // Time adds nothing to it: what streams after the transfer is the other's.
    await chain.moveTo((await chain.now()) + 600n)
    expect(await market.claimable(share, wallet.address)).toBe(kept)
    await expect(holding(page, 'Equity')).toContainText(formatAmount(kept, 6, 'en'))
    await expect(holding(page, 'Equity').getByRole('button', { name: /^Send: / })).toBeDisabled()
    await holding(page, 'Equity').getByRole('button', { name: /^Claim: / }).click()
    await carryOut(page, 'Claim the income of a share')
    expect(await chain.balanceOf(world.currency, wallet.address)).toBe(STARTING_USD + kept)
  })
})

test.describe('the projection', () => {
  test.use({ ownChain: true })

  test('is what can be claimed once the time has passed, to the unit', async ({ page, open, wallet, chain, world }) => {
    const market = new Market(chain, world)
    const share = await market.give(wallet.address, 777_777_777n)
    await market.earn(share)
    await open('/portfolio')
    await connect(page)
    await expect(page.getByText(AGREES)).toBeVisible()
    await page.getByText('What streams, and until when').click()
    await expect(page.getByText('The projection is to the unit.')).toBeVisible()
    const streams = page.getByRole('table', { name: 'Streams to these shares' })
    await expect(streams.getByRole('row')).not.toHaveCount(1)
    const then = await streams.getByRole('row').nth(1).getByRole('cell').last().textContent()
    const shown = await holding(page, 'Equity').getByRole('cell').nth(2).textContent()
    await expectAccessible(page)

    const now = await market.claimable(share, wallet.address)
    await chain.moveTo(await market.periodEnd(share))
    expect(await market.claimable(share, wallet.address)).toBeGreaterThan(now)
    const claimable = formatAmount(await market.claimable(share, wallet.address), 6, 'en')
    expect(then?.replaceAll(/[^0-9.,]/gu, '')).toBe(claimable)
    expect(shown).toContain(claimable)
    // And the page says so now itself.
    await expect(holding(page, 'Equity').getByRole('cell').nth(1)).toContainText(claimable)
  })
})

test.describe('watching', () => {
  test('shows what the holder sees, and lets nobody write, connected or not', async ({ page, open, wallet, chain, world }) => {
    const market = new Market(chain, world)
    const key = await chain.freshKey()
    const { address } = privateKeyToAccount(key)
    await market.give(address, 123_456_789n, 1n)
    await market.give(address, 500n * UNIT, 2n)
    await open(`/portfolio?as=${address}`)
    const rows = page.getByRole('table', { name: 'Holdings' }).getByRole('row')
    await expect(rows).toHaveCount(3)
    await expect(holding(page, 'Equity')).toContainText('123.456789')
    await expect(page.getByText('You are watching another address. Leave it to write with your own account.').or(page.getByText('Connect a wallet first.')).first()).toBeVisible()
    await nothingToWrite()
    await expect(page.getByText(AGREES)).toBeVisible()
    await page.getByRole('button', { name: 'Connect a wallet' }).click()
    await page.getByRole('dialog').getByRole('button', { name: /Test Wallet/ }).click()
    await expect(page.getByRole('dialog')).toHaveCount(0)
    await expect(page.getByRole('dialog')).toHaveCount(0)
    await expect(holding(page, 'Equity')).toContainText('123.456789')
    await expect(page.getByText('You are watching another address.').first()).toBeVisible()
    await nothingToWrite()
    await expectAccessible(page)
    const watched = await downloadStatement(page)
    expect(watched.json['account']).toBe(address)
    expect(wallet.asked('eth_sendTransaction')).toEqual([])

    await wallet.useKey(key)
    await open('/portfolio')
    await expect(holding(page, 'Equity')).toContainText('123.456789')
    await expect(holding(page, 'Equity').getByRole('button', { name: /^Send: / })).toBeEnabled()
    await expect(page.getByText(AGREES)).toBeVisible()
    expect(settledOf(await downloadStatement(page))).toEqual(settledOf(watched))

    async function nothingToWrite(): Promise<void> {
      for (const button of await page.getByRole('button', { name: /^(Claim|Send)/ }).all()) await expect(button).toBeDisabled()
      expect(await page.getByRole('button', { name: /^(Claim|Send)/ }).count()).toBeGreaterThanOrEqual(4)
    }
  })

  test('the history is the same from the indexer and from logs alone, and says where it is from', async ({ page, open, config, world }) => {
    expect(world.indexer).not.toBeNull()
    const investor = world.keys['investor']
    if (investor === undefined) throw new Error('the world has no investor')
    const { address } = privateKeyToAccount(investor)
    await open(`/portfolio?as=${address}`)
    await expect(page.getByText(AGREES)).toBeVisible()
    await expect(page.getByRole('main')).toContainText('from the indexer.')
    const indexed = await downloadStatement(page)
    config.set({ indexer: null })
    await page.reload()
    await expect(page.getByText(AGREES)).toBeVisible()
    await expect(page.getByRole('main')).toContainText('from the chain’s logs, which is slower.')
    const logged = await downloadStatement(page)
    expect(indexed.json['source']).toBe('indexer')
    expect(logged.json['source']).toBe('logs')
    expect(settledOf(indexed).length).toBeGreaterThan(2)
    expect(settledOf(logged)).toEqual(settledOf(indexed))
  })

  test('an address typed into the page is looked at', async ({ page, open, world }) => {
    await open('/portfolio')
    const field = page.getByRole('textbox', { name: 'Address' })
    await field.fill('0x1234')
    await expect(page.getByRole('button', { name: 'Look' })).toBeDisabled()
    await field.fill(world.contracts['PrimarySale'] ?? '')
    await page.getByRole('button', { name: 'Look' }).click()
    await expect(page.getByRole('table', { name: 'Holdings' })).toBeVisible()
    await expect(page).toHaveURL(/as=0x/)
  })
})

/** The movements that a transaction made: what accrues up to now grows with each block. */
function settledOf({ json }: Files): readonly Readonly<Record<string, unknown>>[] {
  return listIn(json, 'movements').filter(({ tx }) => tx !== null)
}

test.describe('the statement of a busy account', () => {
  test.use({ ownChain: true })

  test('as CSV and as JSON equals the chain at its block, to the unit', async ({ page, open, wallet, chain, world }) => {
    const market = new Market(chain, world)
    const equity = await market.give(wallet.address, 1_000n * UNIT, 1n)
    const senior = await market.give(wallet.address, 321_000_001n, 2n)
    const { saleId } = await market.open(100n, 10n)
    const waiting = await market.open(100n, 50n)
    await market.buy(saleId, 4n, wallet.account)
    await market.buy(saleId, 7n)
    await market.collect(saleId, wallet.account)
    await market.buy(saleId, 2n, wallet.account)
    await market.buy(waiting.saleId, 3n, wallet.account)
    await market.earn(equity)
    await market.claim(equity, wallet.account)
    await market.send(equity, wallet.account, STRANGER, 6_000_001n)
    await market.send(senior, wallet.account, STRANGER, 1_000_001n)
    await open('/portfolio')
    await connect(page)
    await expect(page.getByText(AGREES)).toBeVisible()
    await expect(page.getByText('999.999999').first()).toBeVisible()
    await expect.poll(async () => (await downloadStatement(page)).lines.filter(({ kind }) => kind === 'sent').length).toBe(2)
    const { name, text, lines, json } = await downloadStatement(page)

    const block = BigInt(String(objectOf(json['asOf'])['block']))
    expect(name).toBe(`wellhead-${chain.id}-${wallet.address}-${block}.csv`)
    expect(objectOf(json['asOf'])['blockHash']).toBe((await chain.client.getBlock({ blockNumber: block })).hash)
    expect(json).toMatchObject({ format: 'wellhead-statement/1', chainId: chain.id, account: wallet.address, agreesWithChain: true })
    expect(text.endsWith('\r\n')).toBe(true)
    const movements = lines.filter(({ line }) => line === 'movement')
    for (const share of [equity, senior]) {
      const [held, owed] = [await market.held(share, wallet.address, block), await market.claimable(share, wallet.address, block)]
      const of = movements.filter((each) => each['share_token'] === share)
      expect(sum(of, 'shares_in') - sum(of, 'shares_out')).toBe(held)
      expect(sum(of, 'income_accrued') - sum(of, 'income_claimed')).toBe(owed)
      const closing = lines.find((each) => each['line'] === 'closing' && each['share_token'] === share)
      expect(closing).toMatchObject({ block: String(block), share_balance_after: String(held), claimable_after: String(owed) })
      const inJson = listIn(json, 'shares').find((each) => each['share'] === share)
      expect(inJson?.['closing']).toEqual({ balance: String(held), claimable: String(owed) })
    }
    const money = await chain.client.readContract({ address: world.currency, abi: erc20PermitAbi, functionName: 'balanceOf', args: [wallet.address], blockNumber: block })
    expect(STARTING_USD - sum(movements, 'paid') + sum(movements, 'income_claimed') + sum(movements, 'received')).toBe(money)
    const booking = await market.bookingOf(waiting.saleId, wallet.address, block)
    expect(booking.shares).toBe(3n * UNIT)
    expect(lines.filter(({ line }) => line === 'booking')).toMatchObject([{ sale_id: String(waiting.saleId), booked_in: String(booking.shares), paid: String(booking.paid) }])
    expect(listIn(json, 'bookings')).toEqual([{ saleId: String(waiting.saleId), shares: String(booking.shares), paid: String(booking.paid) }])
    expect(movements.map(({ kind }) => kind).filter((kind) => kind !== 'accrued')).toEqual(['received', 'received', 'booked', 'collected', 'bought', 'booked', 'claimed', 'sent', 'sent'])
    expect(listIn(json, 'movements').map(({ kind, tx, accrued, claimed, paid, balance }) => [kind, tx ?? '', accrued, claimed, paid, balance].map(String))).toEqual(
      movements.map((each) => ['kind', 'transaction', 'income_accrued', 'income_claimed', 'paid', 'share_balance_after'].map((column) => each[column])),
    )
    await page.getByRole('tab', { name: 'All movements' }).click()
    await expect(page.getByRole('table', { name: 'All movements' })).toContainText('Collected')
    await expectAccessible(page)
  })
})

test.describe('the statement', () => {
  test('makes names safe that a spreadsheet would take for formulas', async ({ page, open, faults, wallet, chain, world }) => {
    const market = new Market(chain, world)
    await market.give(wallet.address, 10n * UNIT, 1n)
    await market.give(wallet.address, 10n * UNIT, 2n)
    await market.give(wallet.address, 10n * UNIT, 3n)
    const rpc = await faults.rpc()
    const evil = { 'WH1-E': '=A1+2', 'WH2-S': '-2+A1', 'WH3-E': '+A1-3', tUSD: '@SUM' }
    // As long as the true ones, so that they take their places in the answers.
    rpc.lie((method, answer) => (method === 'eth_call' && typeof answer === 'string' ? Object.entries(evil).reduce((text, [from, to]) => text.replaceAll(wordOf(from), wordOf(to)), answer) : answer))
    await open('/portfolio')
    await connect(page)
    await expect(page.getByText(AGREES)).toBeVisible()
    await expect(holding(page, 'Equity').filter({ hasText: 'H100' })).toContainText('=A1+2')
    await expect(holding(page, 'Equity').filter({ hasText: 'Zürich' })).toContainText('+A1-3')
    const { lines, json } = await downloadStatement(page)
    expect(new Set(lines.map((each) => each['share_symbol']))).toEqual(new Set(["'=A1+2", "'-2+A1", "'+A1-3"]))
    expect(new Set(lines.map((each) => each['currency_symbol']))).toEqual(new Set(["'@SUM"]))
    for (const each of lines) for (const cell of Object.values(each)) expect(cell).not.toMatch(/^\s*[=+\-@]/)
    expect(listIn(json, 'shares').map(({ symbol }) => symbol)).toEqual(['=A1+2', '-2+A1', '+A1-3'])
    rpc.pass()
  })

  test('is not handed out where the events do not come to what the chain says', async ({ page, open, faults, chain, world }) => {
    const market = new Market(chain, world)
    const { address } = privateKeyToAccount(await chain.freshKey())
    await market.give(address, 10n * UNIT)
    const indexer = await faults.indexer()
    indexer.lie((_path, answer) => JSON.parse(JSON.stringify(answer).replaceAll(`"${10n * UNIT}"`, `"${10n * UNIT + 1n}"`)))
    await open(`/portfolio?as=${address}`)
    await expect(page.getByText('No statement: events and chain do not agree')).toBeVisible()
    await expect(page.getByRole('table', { name: 'Figures that differ, in smallest units' })).toContainText('10,000,001')
    await expect(page.getByRole('button', { name: /^Download/ })).toHaveCount(0)
    await expect(holding(page, 'Equity')).toContainText('10')
    await expectAccessible(page)
  })
})

test.describe('a share whose name and symbol have 10,000 characters', () => {
  test.use({ ownChain: true })

  test('leaves the page whole on a phone, and stands in the files to the last character', async ({ page, open, wallet, chain, world }) => {
    const market = new Market(chain, world)
    const share = await market.give(wallet.address, 10n * UNIT, 1n)
    const long = '+"0,1;23456789\r\n'.repeat(625)
    expect(long).toHaveLength(10_000)
    await writeText(chain, share, 0n, long)
    await writeText(chain, share, 1n, long)
    for (const functionName of ['name', 'symbol'] as const) expect(await chain.client.readContract({ address: share, abi: fleetShareAbi, functionName })).toBe(long)
    await page.setViewportSize({ width: 320, height: 640 })
    await open('/portfolio')
    await connect(page)
    await expect(page.getByText(AGREES)).toBeVisible()
    await expect(holding(page, 'Equity')).toContainText('+"0,1;2345')
    expect((await page.getByRole('main').innerText()).length, 'the name is cut').toBeLessThan(6_000)
    await expectNoSidewaysScroll(page)
    const { lines, json } = await downloadStatement(page)
    // A reader of the file takes the first sign for no formula, nor one that follows a line's end.
    const safe = `'${long.replaceAll('\n+', "\n'+")}`
    expect(new Set(lines.map((each) => each['share_symbol']))).toEqual(new Set([safe]))
    expect(listIn(json, 'shares').map(({ symbol }) => symbol)).toEqual([long])
    expect(lines.find(({ line }) => line === 'closing')).toMatchObject({ share_token: share, share_balance_after: String(10n * UNIT) })
  })
})

/** Writes a text of 32 bytes or more over one of a share's, by its storage slot: its name is in 0, its symbol in 1. No transaction could. */
async function writeText(chain: Chain, share: Address, slot: bigint, text: string): Promise<void> {
  const bytes = Buffer.from(text, 'utf8')
  const index = numberToHex(slot, { size: 32 })
  await chain.client.setStorageAt({ address: share, index, value: numberToHex(2 * bytes.length + 1, { size: 32 }) })
  const first = BigInt(keccak256(index))
  for (let at = 0; at < bytes.length; at += 32) {
    const word = bytes.subarray(at, at + 32).toString('hex').padEnd(64, '0')
    await chain.client.setStorageAt({ address: share, index: numberToHex(first + BigInt(at / 32), { size: 32 }), value: `0x${word}` })
  }
}

/** A short text as it stands in ABI-encoded bytes: one word, after its length. */
function wordOf(text: string): string {
  const bytes = Buffer.from(text, 'ascii')
  return BigInt(bytes.length).toString(16).padStart(64, '0') + bytes.toString('hex').padEnd(64, '0')
}
