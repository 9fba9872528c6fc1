import type { Page } from '@playwright/test'

/** A table as it stands on the screen, by its caption: cells of the head, of each row, of the foot. */
export interface ShownTable {
  readonly caption: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
  readonly foot: readonly string[]
}

/** What the page says at one moment: tables, and terms with what stands beside them. */
export interface Shown {
  readonly text: string
  readonly tables: readonly ShownTable[]
  readonly terms: Readonly<Record<string, string>>
}

/**
 * Reads the main part of the page at once, so that figures of one moment are held against each other. Signs of isolation are left out, and every blank is a plain one;
 * a cell's text is what a reader of the screen gets of it.
 */
export async function shownOn(page: Page): Promise<Shown> {
  return page.evaluate(() => {
    const plain = (text: string | null): string => (text ?? '').replace(/[\u2066-\u2069]/gu, '').replace(/\s+/gu, ' ').trim()
    const cells = (row: Element | null | undefined): string[] => [...(row?.children ?? [])].map((cell) => plain(cell.textContent))
    const main = document.querySelector('main')
    const tables = [...(main?.querySelectorAll('table') ?? [])].map((table) => ({
      caption: plain(table.caption?.textContent ?? ''),
      // Its own rows: a cell may hold a table.
      head: cells(table.tHead?.rows[0]),
      rows: [...(table.tBodies[0]?.rows ?? [])].map(cells),
      foot: cells(table.tFoot?.rows[0]),
    }))
    const terms = Object.fromEntries([...(main?.querySelectorAll('dt') ?? [])].map((term) => [plain(term.textContent), [...(term.nextElementSibling?.children ?? [])].map((part) => plain(part.textContent)).filter((part) => part !== '').join(' | ') || plain(term.nextElementSibling?.textContent ?? '')]))
    return { text: plain(main?.textContent ?? ''), tables, terms }
  })
}

/** The one table of that caption. */
export function tableOf(shown: Shown, caption: string | RegExp): ShownTable {
  const found = shown.tables.filter((table) => (typeof caption === 'string' ? table.caption === caption : caption.test(table.caption)))
  if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} tables are called ${String(caption)}; there are: ${shown.tables.map((table) => table.caption).join(', ')}`)
  return found[0]
}

/** The block that a text says its figures are of: the first group of `pattern`. */
export function blockIn(text: string, pattern: RegExp): bigint {
  const found = pattern.exec(text)?.[1]
  if (found === undefined) throw new Error(`the page does not say ${String(pattern)}`)
  return BigInt(found.replaceAll(',', ''))
}
