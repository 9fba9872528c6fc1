import type { Page } from '@playwright/test'

/** Words that stand on the screen outside the brackets of the pseudo-locale, apart from `allowed`; what is a stranger's text or an amount stands in elements of its own. */
export async function unbracketed(page: Page, allowed: RegExp): Promise<readonly string[]> {
  const texts = await page.evaluate(() => {
    const skipped = 'script, style, noscript, bdi, time, code, input, option, [hidden], nav[aria-label], [lang]:not(html)'
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    const found: string[] = []
    let depth = 0
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const parent = node.parentElement
      if (parent === null) continue
      const text = node.textContent ?? ''
      const counted = parent.closest('script, style, noscript') === null
      const skip = !counted || parent.closest(skipped) !== null
      let outside = ''
      for (const sign of text) {
        if (sign === '⟦') depth += 1
        else if (sign === '⟧') depth -= 1
        else if (depth === 0) outside += sign
      }
      if (!skip && /\p{L}{3}/u.test(outside)) found.push(outside.trim())
    }
    if (depth !== 0) found.push(`brackets do not close: ${depth}`)
    return found
  })
  // What stands between the marks of isolation is a stranger's text.
  const words = texts.flatMap((text) => text.replace(/\u2068[^\u2069]*\u2069/gu, ' ').match(/[\p{L}\p{N}_.:/-]*\p{L}{3}[\p{L}\p{N}_.:/-]*/gu) ?? [])
  return [...new Set(words.filter((word) => !allowed.test(word)))]
}

/** Visible texts that do not fit into their elements and are cut there. */
export async function cutOff(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const isCut = (element: Element): boolean => {
      const { overflowX, clipPath, display } = getComputedStyle(element)
      return display !== 'inline' && clipPath === 'none' && (overflowX === 'hidden' || overflowX === 'clip') && element.clientWidth > 0 && element.scrollWidth > element.clientWidth + 1
    }
    return [...document.body.querySelectorAll('*')].filter((each) => (each.textContent ?? '').trim() !== '' && isCut(each)).map((each) => `${each.tagName}: ${each.textContent.slice(0, 60)}`)
  })
}
