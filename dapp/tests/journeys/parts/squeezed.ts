import type { Page } from '@playwright/test'

/** Cells whose text stands in more than eight lines: their column is narrower than it can be read. */
export async function squeezed(page: Page): Promise<readonly string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('main td, main th')]
      .filter((cell) => cell.getBoundingClientRect().height / (parseFloat(getComputedStyle(cell).lineHeight) || 20) > 8)
      .map((cell) => `${cell.getBoundingClientRect().width} px: ${(cell.textContent ?? '').slice(0, 60)}`),
  )
}
