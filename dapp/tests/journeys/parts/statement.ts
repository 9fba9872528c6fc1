import { readFile } from 'node:fs/promises'
import type { Download, Page } from '@playwright/test'
import { objectOf } from '../../harness/json'
import { csvRecords } from './csv'

/** A line of a statement's CSV, by the names of its columns. */
export type Line = Readonly<Record<string, string>>

/** The statement as the page hands it out: the CSV's text and lines, and the JSON. */
export interface Files {
  readonly name: string
  readonly text: string
  readonly lines: readonly Line[]
  readonly json: Readonly<Record<string, unknown>>
}

/** Downloads both files, of one block: between the two clicks the page may have read a newer one, and then both are taken again. */
export async function downloadStatement(page: Page, names = { csv: 'Download CSV', json: 'Download JSON' }): Promise<Files> {
  for (;;) {
    const csv = await download(page, names.csv)
    const json = await download(page, names.json)
    if (csv.suggestedFilename().replace(/csv$/, 'json') !== json.suggestedFilename()) continue
    const text = await readFile(await csv.path(), 'utf8')
    const parsed: unknown = JSON.parse(await readFile(await json.path(), 'utf8'))
    return { name: csv.suggestedFilename(), text, lines: csvRecords(text.replace(/^\ufeff/, '')), json: objectOf(parsed) }
  }
}

/** The sum of one column; empty cells are nothing. */
export function sum(lines: readonly Line[], column: string): bigint {
  return lines.reduce((total, line) => total + BigInt(line[column] === '' ? 0 : (line[column] ?? 'no such column')), 0n)
}

/** The objects of a list in the JSON. */
export function listIn(json: Readonly<Record<string, unknown>>, name: string): readonly Readonly<Record<string, unknown>>[] {
  const list = json[name]
  if (!Array.isArray(list)) throw new Error(`the statement has no list ${name}`)
  return list.map(objectOf)
}

async function download(page: Page, name: string): Promise<Download> {
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name }).click()])
  return file
}
