import type { Page } from '@playwright/test'
import { expectAccessible } from '../harness/axe'
import { expect, STARTING_USD, test } from '../harness/test'
import { connect, review, writing } from './parts/people'
import { ROUTES } from './parts/routes'
import { expectNoSidewaysScroll, settled } from './parts/settled'

for (const route of ROUTES) {
  test.describe(`without a wallet, ${route}`, () => {
    test('is read, and axe finds nothing serious, in both themes and at any width', async ({ page, open }) => {
      await open(route)
      await settled(page)
      await expect(page.getByText('No such page')).toHaveCount(0)
      await expectAccessible(page)
      await page.emulateMedia({ colorScheme: 'dark' })
      await expectAccessible(page)
      await page.setViewportSize({ width: 640, height: 450 })
      await expectNoSidewaysScroll(page)
      await page.setViewportSize({ width: 320, height: 640 })
      await expectNoSidewaysScroll(page)
      await page.evaluate(() => {
        document.documentElement.style.fontSize = '200%'
      })
      await page.setViewportSize({ width: 1280, height: 900 })
      await expectNoSidewaysScroll(page)
    })
  })
}

test('an address that leads nowhere says so and leads back', async ({ page, open }) => {
  await open('/nowhere/<b>at-all')
  await expect(page.getByRole('heading', { name: 'No such page' })).toBeVisible()
  await expect(page.getByText('Nothing is at /nowhere/')).toBeVisible()
  await page.getByRole('main').getByRole('link', { name: 'fleets' }).click()
  await expect(page).toHaveURL(/#\/fleets$/)
  await settled(page)
})

test('another language keeps the page, and is kept', async ({ page, open }) => {
  await open('/invest/1')
  await settled(page)
  await page.getByText('Menu', { exact: true }).click()
  await page.getByRole('radio', { name: 'Français' }).click()
  await expect(page.getByRole('link', { name: 'Investir' }).first()).toBeVisible()
  await expect(page).toHaveURL(/#\/invest\/1$/)
  await expect(page.locator('html')).toHaveAttribute('lang', 'fr')
  await page.reload()
  await settled(page)
  await expect(page.locator('html')).toHaveAttribute('lang', 'fr')
  await expect(page.getByRole('heading', { name: 'Acheter' })).toBeVisible()
})

test.describe('in a French browser', () => {
  test.use({ locale: 'fr-FR' })

  test('numbers and dates are French', async ({ page, open }) => {
    await open('/invest/1')
    await settled(page)
    await expect(page.getByRole('main')).toContainText(/1,04\s*tUSD/u)
    await expect(page.getByRole('main')).not.toContainText(/1\.04/)
    await expect(page.locator('footer time')).toHaveText(/^\d{1,2} (janv|févr|mars|avr|mai|juin|juil|août|sept|oct|nov|déc)\.? 20\d\d/u)
  })
})

test('numbers and dates are English elsewhere, the day before the month', async ({ page, open }) => {
  await open('/invest/1')
  await settled(page)
  await expect(page.getByRole('main')).toContainText(/1\.04\s*tUSD/u)
  await expect(page.locator('footer time')).toHaveText(/^\d{1,2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sept?|Oct|Nov|Dec) 20\d\d/u)
})

test('the colours are the machine’s until one chooses, and the choice is kept', async ({ page, open }) => {
  const paper = (): Promise<string> => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
  await page.emulateMedia({ colorScheme: 'light' })
  await open('/network')
  await settled(page)
  const light = await paper()
  await page.emulateMedia({ colorScheme: 'dark' })
  expect(await paper()).not.toBe(light)
  await expectAccessible(page)
  await page.getByText('Menu', { exact: true }).click()
  await page.getByRole('radio', { name: 'Light' }).check()
  expect(await paper()).toBe(light)
  await page.reload()
  await settled(page)
  expect(await paper()).toBe(light)
})

test('the keyboard alone reaches content, menu, language and dialogs, and comes back from them', async ({ page, open, wallet }) => {
  await open('/fleets')
  await settled(page)
  await page.keyboard.press('Tab')
  const skip = page.getByRole('button', { name: 'Skip to the content' })
  await expect(skip).toBeFocused()
  await expect(skip).toBeInViewport()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('main')).toBeFocused()
  await expect(page).toHaveURL(/#\/fleets$/)

  const connect = page.getByRole('button', { name: 'Connect a wallet' })
  await connect.focus()
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog', { name: 'Connect a wallet' })
  await expect(dialog).toBeVisible()
  for (let presses = 0; presses < 6; presses += 1) {
    await page.keyboard.press('Tab')
    expect(await page.evaluate(() => document.activeElement === document.body || document.activeElement?.closest('dialog') !== null)).toBe(true)
  }
  await page.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
  await expect(connect).toBeFocused()
  expect(wallet.requests).toEqual([])

  await page.keyboard.press('Tab')
  await expect(page.getByText('Menu', { exact: true })).toBeFocused()
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  await expect(page.getByRole('radio', { name: 'English' })).toBeFocused()
  await page.keyboard.press('ArrowDown')
  await expect(page.locator('html')).toHaveAttribute('lang', 'fr')
})

test.describe('on a phone', () => {
  test.use({ ownChain: true })

  test('the dialogs to connect, to sign and of what was sent scroll nothing sideways, and axe finds nothing serious', async ({ page, open, chain, wallets, world }) => {
    await wallets.add({ name: 'A wallet with a name that is longer than any phone is wide', rdns: 'org.example.a-wallet-with-a-long-name', key: await chain.freshKey() })
    const wallet = await wallets.add({ key: await chain.freshKey() })
    await chain.mint(world.currency, wallet.address, STARTING_USD)
    await page.setViewportSize({ width: 320, height: 640 })
    await open('/invest/1')
    await page.getByRole('button', { name: 'Connect a wallet' }).click()
    await expectFits(page, 'Connect a wallet')
    await page.keyboard.press('Escape')
    await connect(page)
    await chain.hold()
    await review(page, '1')
    await expectFits(page, /^Buy shares/)
    const { dialog, go } = writing(page)
    await go()
    await expect(dialog).toContainText('Pending')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: /^Activity/ }).click()
    await expect(page.getByRole('dialog')).toContainText('Pending')
    await expectFits(page, 'What was sent from this browser')
    await page.emulateMedia({ colorScheme: 'dark' })
    await expectAccessible(page)
  })

  /** That a dialog, and nothing in it, is wider than the screen. */
  async function expectFits(page: Page, name: string | RegExp): Promise<void> {
    const dialog = page.getByRole('dialog', { name })
    await expect(dialog).toBeVisible()
    await expectNoSidewaysScroll(page)
    expect(await dialog.evaluate((element) => [element, ...element.querySelectorAll('*')].filter((each) => each.getBoundingClientRect().right > innerWidth + 1).map((each) => each.outerHTML.slice(0, 80)))).toEqual([])
    await expectAccessible(page)
  }
})

test('another page begins at its top, and a screen reader there', async ({ page, open }) => {
  await open('/network')
  await settled(page)
  await page.evaluate(() => window.scrollTo(0, 10_000))
  await page.getByRole('navigation').getByRole('link', { name: 'Reports' }).first().click()
  await expect(page.getByRole('main')).toBeFocused()
  await settled(page)
  expect(await page.evaluate(() => window.scrollY)).toBe(0)
  await page.goBack()
  await expect(page.getByRole('heading', { level: 1, name: 'Network' })).toBeVisible()
})

test('whom one watches is shown on every page, and nothing can be signed', async ({ page, open, wallet, chain }) => {
  const other = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed'
  await open(`/invest/1?as=${other}`)
  await settled(page)
  await expect(page.getByRole('main')).toContainText(`You are watching`)
  await page.getByRole('button', { name: 'Connect a wallet' }).click()
  await page.getByRole('button', { name: /Test Wallet/ }).click()
  await expect(page.getByRole('button', { name: /^Wallet: account/ })).toBeVisible()
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await page.getByRole('textbox', { name: 'Shares' }).fill('1')
  await expect(page.getByRole('button', { name: 'Review the purchase' })).toBeDisabled()
  await expect(page.getByRole('main')).toContainText('You are watching another address. Leave it to write with your own account.')
  await page.getByRole('navigation').getByRole('link', { name: 'Network' }).first().click()
  await expect(page).toHaveURL(new RegExp(`#/network\\?as=${other}`))
  await page.getByRole('link', { name: 'Stop watching' }).click()
  await expect(page.getByText('You are watching')).toHaveCount(0)
  expect(wallet.asked('eth_sendTransaction')).toEqual([])
  expect(await chain.client.getTransactionCount({ address: wallet.address })).toBe(0)
})

for (const [bad, why] of [
  ['0x12', 'An address has 40 digits after 0x; this has 2.'],
  ['vitalik.eth', 'An address begins with 0x.'],
  ['<img src=x onerror=alert(1)>', 'An address begins with 0x.'],
  [`0x${'ab'.repeat(21)}`, 'this has 42.'],
  ['0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD', 'at least one character is wrong'],
] as const) {
  test(`an address to watch that is none is named: ${bad}`, async ({ page, open }) => {
    await open(`/portfolio?as=${encodeURIComponent(bad)}`)
    await expect(page.getByRole('main').getByText(`“${bad}” is not an address.`)).toContainText(why)
    await page.getByRole('link', { name: 'Go on without it' }).click()
    await expect(page).toHaveURL(/#\/portfolio$/)
    await expect(page.getByText('is not an address')).toHaveCount(0)
  })
}

test.describe('inside a frame of another page', () => {
  const HOST = 'http://127.0.0.1:9/host.html'
  const hosted = (pageUrl: string): string => `<!doctype html><html lang="en"><title>host</title><iframe title="inner" width="1000" height="800" src="${pageUrl}#/invest/1"></iframe></html>`

  test('a server that says so keeps it from being shown at all', async ({ page, world, guard }) => {
    guard.allowOrigin(HOST)
    guard.allowOrigin(world.pageUrl)
    guard.expect(/frame-ancestors/)
    await page.route(HOST, (route) => route.fulfill({ contentType: 'text/html', body: hosted(world.pageUrl) }))
    await page.goto(HOST)
    await expect(page.frameLocator('iframe').getByText('Wellhead')).toHaveCount(0)
  })

  test('and where none does, it says so and signs nothing', async ({ page, world, guard, wallet, config, chain }) => {
    guard.allowOrigin(HOST)
    for (const url of [world.pageUrl, world.rpcUrl, world.indexer ?? world.pageUrl, ...world.nodes]) guard.allowOrigin(url)
    config.headers(({ 'content-security-policy': policy = '', 'x-frame-options': _, ...headers }) => ({ ...headers, 'content-security-policy': policy.replace(/;? *frame-ancestors[^;]*/, '') }))
    await page.route(HOST, (route) => route.fulfill({ contentType: 'text/html', body: hosted(world.pageUrl) }))
    await page.goto(HOST)
    const inner = page.frameLocator('iframe')
    await expect(inner.getByRole('alert').first()).toContainText('This page stands inside a frame of another page')
    await inner.getByRole('button', { name: 'Connect a wallet' }).click()
    await inner.getByRole('button', { name: /Test Wallet/ }).click()
    await expect(inner.getByRole('button', { name: /^Wallet: account/ })).toBeVisible()
    await expect(inner.getByRole('dialog')).toHaveCount(0)
    await inner.getByRole('textbox', { name: 'Shares' }).fill('1')
    await expect(inner.getByRole('button', { name: 'Review the purchase' })).toBeDisabled()
    await expect(inner.getByRole('main')).toContainText('Nothing is signed here.')
    expect(wallet.asked('eth_sendTransaction')).toEqual([])
    expect(await chain.client.getTransactionCount({ address: wallet.address })).toBe(0)
  })
})
