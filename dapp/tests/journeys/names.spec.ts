import type { Page } from '@playwright/test'
import { privateKeyToAccount } from 'viem/accounts'
import { fleetRegistryAbi } from '../../src/chain/abi/FleetRegistry'
import { calledLike } from '../harness/namedToken'
import { expect, test } from '../harness/test'
import { Fleets } from './parts/operators'
import { connect, contractOf, review, writing } from './parts/people'
import { expectNoSidewaysScroll, settled } from './parts/settled'

/** Ten thousand bytes of markup, of a sign that turns the direction round, and of one that cannot be seen. */
const HARM = `<img src=x onerror="document.title='owned'">\u202e\u200b`.repeat(200)
/** More than any page has of its own, less than one such name. */
const A_PAGE = 9_000

for (const route of ['/fleets', '/fleets/3', '/invest', '/invest/3'] as const) {
  test(`names that mean harm are text and stay in their place: ${route}`, async ({ page, open }) => {
    await open(route)
    await settled(page)
    await expectHarmless(page)
  })
}

test.describe('ten thousand bytes that mean harm', () => {
  test.use({ ownChain: true })

  test('as the model and the site of a fleet are cut, and stay in their place', async ({ page, open, config, chain, world }) => {
    // The nodes follow another chain, on which there is no such fleet.
    config.set({ nodes: [] })
    const account = privateKeyToAccount(await chain.freshKey())
    const spec = { ...(await new Fleets(chain, world).specOf(2n)), model: HARM, site: HARM }
    const hash = await chain.client.writeContract({ chain: null, account, address: contractOf(world, 'FleetRegistry'), abi: fleetRegistryAbi, functionName: 'propose', args: [spec] })
    expect(await chain.client.waitForTransactionReceipt({ hash })).toMatchObject({ status: 'success' })
    const fleetId = await new Fleets(chain, world).proposedBy(account.address)
    for (const route of ['/fleets', `/fleets/${fleetId}`, `/fleets/${fleetId}?part=terms`, `/operate/${fleetId}?as=${account.address}`, `/operate?as=${account.address}`]) {
      await open(route)
      await settled(page)
      await expectHarmless(page)
    }
  })

  test('as the name and the symbol of a currency are cut on every page and before signing, and stay in their place', async ({ page, open, wallet, chain, world }) => {
    await chain.client.setCode({ address: world.currency, bytecode: calledLike(HARM, contractOf(world, 'TestUSDImplementation')) })
    for (const route of ['/fleets/1?part=money', '/fleets/1?part=terms', '/leases/2', '/lease-capacity/1', '/operate/1', '/invest/1']) {
      await open(route)
      await settled(page)
      await expectHarmless(page)
    }
    await page.setViewportSize({ width: 1280, height: 900 })
    await connect(page)
    await review(page, '1')
    const { dialog } = writing(page)
    await expect(dialog).toContainText('it works')
    await dialog.getByText('Exactly what is signed').click()
    await expectHarmless(page)
    expect(wallet.asked('eth_sendTransaction')).toEqual([])
  })
})

/** That what a stranger called a thing is there as text, short, in its place at any width, and has done nothing. */
async function expectHarmless(page: Page): Promise<void> {
  await expect(page.locator('body')).toContainText('<img src=x onerr')
  await expect(page).toHaveTitle(/Wellhead/)
  expect(await page.locator('body :is(img[src=x], b[onmouseover]), main script').count()).toBe(0)
  const text = await page.evaluate(() => document.body.innerText)
  // No sign that turns the direction round is left in the page, and none that cannot be seen.
  expect(text).not.toMatch(/[\u202a-\u202e\u2066\u2067\u200b]/u)
  expect(text.length).toBeLessThan(A_PAGE)
  for (const width of [320, 1280]) {
    await page.setViewportSize({ width, height: 900 })
    await expectNoSidewaysScroll(page)
  }
}
