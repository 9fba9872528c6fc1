import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, type Locator, type Page } from '@playwright/test'

/** The docs' pictures. */
const FOLDER = fileURLToPath(new URL('../../../docs/images', import.meta.url))
const SCREENS = { desktop: { width: 1280, height: 1000 }, phone: { width: 390, height: 844 } } as const
const THEMES = ['light', 'dark'] as const

/** Takes the page as it is in both themes, on a desktop and on a phone: `dapp-<name>-<theme>-<screen>.png`, as much as a screen shows, `about` in its middle. */
export async function takePictures(page: Page, name: string, about?: Locator): Promise<void> {
  for (const [screen, size] of Object.entries(SCREENS)) {
    await page.setViewportSize(size)
    for (const theme of THEMES) {
      await page.emulateMedia({ colorScheme: theme })
      // Charts are drawn anew for another width and theme.
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))))
      await expect(page.locator('main [class*=skeleton]')).toHaveCount(0)
      await about?.evaluate((element) => element.scrollIntoView({ block: 'center' }))
      await page.screenshot({ path: join(FOLDER, `dapp-${name}-${theme}-${screen}.png`), animations: 'disabled' })
    }
  }
}
