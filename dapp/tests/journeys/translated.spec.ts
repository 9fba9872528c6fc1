import type { Locator, Page } from '@playwright/test'
import { pseudo } from '../../src/i18n/pseudo'
import { expect, test } from '../harness/test'
import { Fleets } from './parts/operators'
import { approveAll, saleEnd } from './parts/people'
import { PARTS, ROUTES } from './parts/routes'
import { expectNoSidewaysScroll, settled } from './parts/settled'
import { expectTranslated } from './parts/translated'

for (const route of [...ROUTES, ...PARTS]) {
  test(`${route} has every text translated, and room for longer ones`, async ({ page, open }) => {
    await open(disguised(route))
    await settled(page)
    await expectTranslated(page)
    await page.setViewportSize({ width: 320, height: 640 })
    await expectNoSidewaysScroll(page)
    await expectTranslated(page)
  })
}

test.describe('with a wallet every text is translated', () => {
  test.use({ ownChain: true })

  test('from connecting to the last confirmation, in the activity and of the account', async ({ page, open, wallet, chain }) => {
    await open(disguised('/invest/1'))
    await connectDisguised(page)
    await page.getByRole('textbox', { name: said('Shares') }).fill('1.23')
    await expectTranslated(page, 'a form')
    await button(page, 'Review the purchase').click()
    const dialog = page.getByRole('dialog')
    await expect(dialog).toContainText(said('it works'))
    await dialog.getByText(said('Exactly what is signed')).click()
    await expectTranslated(page, 'before signing')
    wallet.mode = 'hang'
    await button(dialog, 'Sign the permit').click()
    await expect(dialog).toContainText(said('Sign in the wallet that the exact amount may be taken.'))
    await expectTranslated(page, 'while the wallet asks')
    wallet.answerWaiting('reject')
    await expect(dialog).toContainText(said('You declined the permit.'))
    await expectTranslated(page, 'declined')
    await chain.hold()
    wallet.mode = 'approve'
    await button(dialog, 'Sign the permit').click()
    await expect(dialog).toContainText(said('Pending'))
    await expectTranslated(page, 'on its way')
    await chain.mine(2)
    await expect(dialog).toContainText(said('Confirmed, '))
    await expectTranslated(page, 'confirmed')
    await button(dialog, 'Close').last().click()
    await page.getByRole('button', { name: said('Activity') }).click()
    await expect(dialog).toContainText(said('Confirmed, '))
    await expectTranslated(page, 'activity')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: said('Wallet: account') }).click()
    await expect(dialog).toContainText(said('Disconnect'))
    await expectTranslated(page, 'account')
  })

  test('where the contract refuses', async ({ page, open, wallet, chain, world }) => {
    await approveAll(chain, world, wallet.account)
    await open(disguised('/invest/1'))
    await connectDisguised(page)
    await page.getByRole('textbox', { name: said('Shares') }).fill('1')
    await button(page, 'Review the purchase').click()
    const dialog = page.getByRole('dialog')
    await expect(dialog).toContainText(said('it works'))
    await chain.moveTo((await saleEnd(chain, world)) + 1n)
    await button(dialog, 'Continue in the wallet').click()
    await expect(dialog).toContainText(said('The sale ended at'))
    await expectTranslated(page)
  })

  test('where the wallet stands on another chain, and where no RPC answers', async ({ page, open, wallet, faults }) => {
    const rpc = await faults.rpc()
    await open(disguised('/invest/1'))
    await connectDisguised(page)
    await wallet.useChain(1)
    await expect(button(page, 'Not on')).toBeVisible()
    await expectTranslated(page, 'another chain')
    rpc.down()
    await expect(page.locator('footer')).toContainText(said('no RPC answers'))
    await expectTranslated(page, 'no RPC')
  })

  test('on every tab and form of an operator', async ({ page, open, wallet, chain, world }) => {
    await new Fleets(chain, world).handTitle(1n, wallet.address)
    for (const route of ['/operate/1', '/operate/register', '/my-leases', '/portfolio', '/lease-capacity/2']) {
      await open(disguised(route))
      if (route === '/operate/1') await connectDisguised(page)
      await settled(page)
      const tabs = await page.getByRole('tab').all()
      if (route === '/operate/1') expect(tabs.length).toBeGreaterThan(3)
      for (const tab of tabs) {
        await tab.click()
        await settled(page)
        await expectTranslated(page, `${route} ${(await tab.textContent()) ?? ''}`)
      }
      await expectTranslated(page, route)
    }
  })
})

/** A route in the pseudo-locale. */
function disguised(route: string): string {
  return `${route}${route.includes('?') ? '&' : '?'}lang=en-XA`
}

/** An English text, or a part of one, as the pseudo-locale says it. */
function said(text: string): string {
  return String(pseudo({ text })['text']?.[1])
}

function button(where: Page | Locator, text: string): Locator {
  return where.getByRole('button', { name: said(text) })
}

async function connectDisguised(page: Page): Promise<void> {
  await button(page, 'Connect a wallet').click()
  const wallet = page.getByRole('dialog').getByRole('button', { name: /Test Wallet/ })
  await expect(wallet).toBeVisible()
  await expectTranslated(page, 'connecting')
  await wallet.click()
  await expect(page.getByRole('dialog')).toHaveCount(0)
}
