import { expect, type Page } from '@playwright/test'

/** Waits until the page at the hash has a title of its own, the chain's head is known, and nothing is being fetched for the first time. */
export async function settled(page: Page): Promise<void> {
  await expect(page.locator('main h1').first()).toBeVisible()
  await expect(page.locator('footer time')).toBeVisible()
  await expect(page.locator('main [class*=skeleton]')).toHaveCount(0)
}

/** That nothing has to be scrolled sideways but regions made for it. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const { width, wide, culprits } = await page.evaluate(() => {
    const width = document.documentElement.clientWidth
    const scrolls = (element: Element | null): boolean =>
      element !== null && (['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(element).overflowX) || scrolls(element.parentElement))
    const beyond = [...document.body.querySelectorAll('*')].filter((each) => each.getBoundingClientRect().right > width + 1 && !scrolls(each.parentElement))
    return { width, wide: document.documentElement.scrollWidth, culprits: beyond.slice(0, 5).map((each) => `${each.tagName} ${each.className.toString()} ${each.textContent.slice(0, 40)}`) }
  })
  expect(wide, culprits.join('\n')).toBeLessThanOrEqual(width)
}
