import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { compileMessageOrThrow } from '@lingui/message-utils/compileMessage'
import { describe, expect, test } from 'vitest'

const SRC = join(import.meta.dirname, '..')
const NO_BREAK = '[\u00a0\u202f]'
/** Texts that are the same in both languages, besides those without a word in them. */
const SAME = new Set(['Menu', 'Transaction', 'Transactions', 'Tranche', 'Source', 'Date', 'Description', 'Document', 'Documents', 'Type', 'Action', 'Actions', 'Total', 'Base', 'Portfolio'])

type Catalog = Readonly<Record<string, string>>

const files = walk(SRC).filter((path) => /\.tsx?$/.test(path) && !/\.test\.tsx?$/.test(path))
const folders = walk(SRC)
  .filter((path) => path.endsWith('/messages/en.json'))
  .map((path) => path.slice(0, -'/messages/en.json'.length))

describe.each(folders.map((folder) => ({ folder, name: relative(SRC, folder) })))('the texts of $name', ({ folder, name }) => {
  const en = catalogOf(folder, 'en')
  const fr = catalogOf(folder, 'fr')
  const both = Object.keys(en).filter((id) => fr[id] !== undefined)

  test('are the same ids in both languages', () => {
    expect(Object.keys(fr).sort()).toEqual(Object.keys(en).sort())
  })

  test('begin with the name of the folder, or are those of an error', () => {
    const scope = name.split('/').at(-1) ?? ''
    const top = name.split('/')[0] ?? ''
    expect(Object.keys(en).filter((id) => !id.startsWith(`${scope}.`) && !id.startsWith(`${top}.`) && !id.startsWith('errors.'))).toEqual([])
  })

  test('are ICU messages with the same arguments and the same tags', () => {
    const different = both.filter((id) => argumentsOf(en[id] ?? '') !== argumentsOf(fr[id] ?? ''))
    expect(different.map((id) => `${id}: ${argumentsOf(en[id] ?? '')} but in French ${argumentsOf(fr[id] ?? '')}`)).toEqual([])
  })

  test('have no line break, no space at an end and, in French, no straight apostrophe', () => {
    const untidy = [...Object.entries(en), ...Object.entries(fr)].filter(([, text]) => text.trim() !== text || text === '' || text.includes('\n'))
    expect([...untidy, ...Object.entries(fr).filter(([, text]) => /\p{L}'\p{L}/u.test(text))]).toEqual([])
  })

  test('keep a French sign with its word: a no-break space before ; : ! ? and inside « »', () => {
    const loose = new RegExp(`(?<!${NO_BREAK})[;!?»](?![^{]*\\})|(?<!${NO_BREAK}):(?!\\/\\/)|«(?!${NO_BREAK})`)
    expect(Object.entries(fr).filter(([, text]) => loose.test(withoutSyntax(text)))).toEqual([])
  })

  test('are translated', () => {
    const left = both.filter((id) => en[id] === fr[id] && /\p{L}{3}/u.test(words(en[id] ?? '')) && !SAME.has(words(en[id] ?? '').trim()))
    expect(left.map((id) => `${id}: ${en[id] ?? ''}`)).toEqual([])
  })
})

describe('all texts together', () => {
  const ids = new Map(folders.flatMap((folder) => Object.keys(catalogOf(folder, 'en')).map((id) => [id, relative(SRC, folder)] as const)))
  const code = files.map((path) => ({ path: relative(SRC, path), text: readFileSync(path, 'utf8') }))

  test('stand in one catalog each', () => {
    const all = folders.flatMap((folder) => Object.keys(catalogOf(folder, 'en')))
    expect(all.filter((id, index) => all.indexOf(id) !== index)).toEqual([])
  })

  test('exist where code asks for them', () => {
    const asked = code.flatMap(({ path, text }) => [...text.matchAll(/\bt\(\s*['"]([^'"]+)['"]|<T\s[^>]*?\bid="([^"]+)"/g)].map((found) => ({ path, id: found[1] ?? found[2] ?? '' })))
    expect(asked.length).toBeGreaterThan(0)
    expect(asked.filter(({ id }) => !ids.has(id)).map(({ path, id }) => `${path} asks for ${id}`)).toEqual([])
  })

  test('are used: their id stands in the code, or begins as an id that the code makes', () => {
    const literal = new Set(code.flatMap(({ text }) => [...text.matchAll(/['"`]([\w-]+(?:\.[\w-]+)+)['"`]/g)].map((found) => found[1] ?? '')))
    // `errors.${code}`, `fleets.status.${name}`: what they begin with, and what follows the last part that is made.
    const made = code.flatMap(({ text }) => [...text.matchAll(/`((?:[\w-]+\.)+[\w-]*)\$\{[^`]*?\}([.\w-]*)`/g)].map((found) => ({ start: found[1] ?? '', end: found[2] ?? '' })))
    const used = (id: string): boolean => literal.has(id) || made.some(({ start, end }) => id.startsWith(start) && id.endsWith(end))
    expect([...ids].filter(([id]) => !used(id)).map(([id, folder]) => `${id} in ${folder}`)).toEqual([])
  })
})

function catalogOf(folder: string, locale: 'en' | 'fr'): Catalog {
  const file = join(folder, 'messages', `${locale}.json`)
  try {
    const catalog: Catalog = JSON.parse(readFileSync(file, 'utf8'))
    return catalog
  } catch (cause) {
    throw new Error(`${file} is no catalog`, { cause })
  }
}

function walk(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name)] : []))
}

/** Arguments with their kinds, and tags, sorted: `count:plural name <0>`. The cases of a plural differ by language; what they name does not. */
function argumentsOf(text: string): string {
  const found = new Set<string>()
  const visit = (part: unknown): void => {
    if (typeof part === 'string') for (const [tag] of part.matchAll(/<\/?\d+\/?>/g)) found.add(tag)
    if (!Array.isArray(part)) return
    const [name, kind, cases] = part
    found.add(kind === undefined ? String(name) : `${String(name)}:${String(kind)}`)
    if (typeof cases === 'object' && cases !== null) for (const message of Object.values(cases)) visitAll(message)
  }
  const visitAll = (message: unknown): void => (Array.isArray(message) ? message.forEach(visit) : visit(message))
  visitAll(compileMessageOrThrow(text))
  return [...found].sort().join(' ')
}

/** The text without what ICU and tags put around it: of plurals and choices the words stay. */
function withoutSyntax(text: string): string {
  return text.replace(/<\/?\d+\/?>/g, '').replace(/\{[\w]+\}/g, '1').replace(/\{\s*\w+\s*,\s*(?:plural|select|selectordinal)\s*,/g, '').replace(/(?:=\d+|\b(?:zero|one|two|few|many|other|\w+))\s*\{/g, '').replace(/[{}]/g, '')
}

/** The words alone, without arguments. */
function words(text: string): string {
  return withoutSyntax(text).replace(/\d/g, '')
}
