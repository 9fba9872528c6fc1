import type { Page } from '@playwright/test'

/** Names and titles that a reader of the screen is told. A title that repeats the element's own text, whole where the text is cut, tells nothing new. */
const TOLD = ['aria-label', 'title', 'alt', 'placeholder', 'aria-valuetext', 'aria-roledescription'] as const

/** Words in attributes outside the brackets of the pseudo-locale, apart from `allowed`; a stranger's text stands between marks of isolation, or is what the element's own text begins with. */
export async function unbracketedAttributes(page: Page, allowed: RegExp): Promise<readonly string[]> {
  const texts = await page.evaluate((names) => {
    const outside = (text: string): string => {
      let [depth, rest] = [0, '']
      for (const sign of text) {
        if (sign === '⟦') depth += 1
        else if (sign === '⟧') depth -= 1
        else if (depth === 0) rest += sign
      }
      return rest
    }
    return [...document.querySelectorAll('body *')]
      .filter((element) => element.closest('bdi, time, [lang]:not(html), script, style, noscript') === null)
      .flatMap((element) => names.map((name) => element.getAttribute(name)).filter((value) => value !== null && value !== element.textContent).map((value) => outside(value ?? '')))
  }, TOLD)
  const words = texts.flatMap((text) => text.replace(/\u2068[^\u2069]*\u2069/gu, ' ').match(/[\p{L}\p{N}_.:/-]*\p{L}{3}[\p{L}\p{N}_.:/-]*/gu) ?? [])
  return [...new Set(words.filter((word) => !allowed.test(word)))]
}
