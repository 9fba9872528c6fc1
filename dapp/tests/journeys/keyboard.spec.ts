import type { Locator, Page } from '@playwright/test'
import { expect, STARTING_USD, test } from '../harness/test'
import { Market } from './parts/investors'
import { booked, UNIT } from './parts/people'
import { Leases } from './parts/tenants'
import { dialogOf } from './parts/writing'

test('the keyboard alone buys shares, from connecting to the last confirmation', async ({ page, open, wallet, chain, world }) => {
  await open('/invest/1')
  await connect(page)
  await type(page, page.getByRole('textbox', { name: 'Shares', exact: true }), '2')
  await press(page, page.getByRole('button', { name: 'Review the purchase' }))
  await carryOut(page, 'Buy shares in sale 1', 'Sign the permit')
  expect((await booked(chain, world, wallet.address)).shares).toBe(2n * UNIT)
})

test.describe('on a chain of one’s own', () => {
  test.use({ ownChain: true })

  test('the keyboard alone claims what a share has earned', async ({ page, open, wallet, chain, world }) => {
    await chain.client.setIntervalMining({ interval: 1 })
    const market = new Market(chain, world)
    const share = await market.give(wallet.address, 1_000n * UNIT)
    await market.earn(share)
    await open('/portfolio')
    await connect(page)
    await press(page, page.getByRole('button', { name: /^Claim: / }))
    await carryOut(page, 'Claim the income of a share', 'Continue in the wallet')
    const claimed = await market.claimedBy(share, wallet.address)
    expect(claimed).toBeGreaterThan(0n)
    expect(await chain.balanceOf(world.currency, wallet.address)).toBe(STARTING_USD + claimed)
  })

  test('the keyboard alone leases capacity', async ({ page, open, wallet, chain, world }) => {
    await chain.client.setIntervalMining({ interval: 1 })
    const leases = new Leases(chain, world)
    await open('/lease-capacity/2')
    await connect(page)
    await type(page, page.getByRole('textbox', { name: 'GPUs' }), '2')
    await tabTo(page, page.getByLabel('For how long'))
    // The first of its choices.
    await page.keyboard.press('Home')
    await type(page, page.getByRole('textbox', { name: 'Length' }), '30')
    await press(page, page.getByRole('button', { name: 'Review the lease' }))
    await carryOut(page, 'Lease 2 GPUs of fleet 2', 'Sign the permit')
    const [leaseId] = await leases.openedBy(wallet.address)
    if (leaseId === undefined) throw new Error('no lease was opened')
    const { terms, account } = await leases.leaseOf(leaseId)
    expect(terms.units).toBe(2)
    expect(terms.end - terms.start).toBe(30 * 3_600)
    expect(await chain.balanceOf(world.currency, wallet.address)).toBe(STARTING_USD - account.held)
  })
})

/** Presses Tab until the focus is there, and can be seen. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await expect(target).toBeEnabled()
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press('Tab')
    if (await target.evaluate((element) => element.matches(':focus-visible'))) return
  }
  throw new Error(`Tab does not lead to ${String(target)}`)
}

async function press(page: Page, target: Locator, key: 'Enter' | 'Space' = 'Enter'): Promise<void> {
  await tabTo(page, target)
  await page.keyboard.press(key)
}

/** Types into a field in the place of what is in it: Tab selects that. */
async function type(page: Page, target: Locator, text: string): Promise<void> {
  await tabTo(page, target)
  await page.keyboard.type(text)
  await expect(target).toHaveValue(text)
}

async function connect(page: Page): Promise<void> {
  await press(page, page.getByRole('button', { name: 'Connect a wallet' }))
  await press(page, page.getByRole('dialog').getByRole('button', { name: /Test Wallet/ }), 'Space')
  await expect(page.getByRole('dialog')).toHaveCount(0)
}

/** Goes through a write from its tried summary to its last confirmation, and closes it. */
async function carryOut(page: Page, title: string, go: string): Promise<void> {
  const dialog = dialogOf(page, title)
  await expect(dialog).toContainText('it works')
  await press(page, dialog.getByRole('button', { name: go }), 'Space')
  await expect(dialog).toContainText('Confirmed, 2 of 2')
  await press(page, dialog.getByRole('button', { name: 'Close' }).last())
  await expect(dialog).toHaveCount(0)
}
