import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { describe, expect, test } from 'vitest'

const SRC = import.meta.dirname

/** One import line. `to`: a path below src without its ending, or a package's name. `types`: it goes when the page is built. */
interface Import {
  readonly from: string
  readonly to: string
  readonly types: boolean
}

const IMPORT = /^\s*(?:import|export)\s+(type\s)?(?:[^'"`;]*?\sfrom\s*)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm

const imports: readonly Import[] = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.tsx?$/.test(path))
  .flatMap((path) => importsOf(path, readFileSync(join(SRC, path), 'utf8')))

function importsOf(path: string, text: string): Import[] {
  return [...text.matchAll(IMPORT)].map(([, types, named, fetched]) => {
    const to = named ?? fetched ?? ''
    return { from: path, to: to.startsWith('.') ? relative(SRC, normalize(join(SRC, dirname(path), to))) : to, types: types !== undefined }
  })
}

function offending(wrong: (each: Import) => boolean): string[] {
  return imports.filter(wrong).map(({ from, to }) => `${from} imports ${to}`)
}

const isTest = (path: string): boolean => path.endsWith('.test.ts')
const topOf = (path: string): string => path.split('/')[0] ?? ''
const featureOf = (path: string): string | null => /^features\/([^/]+)\//.exec(path)?.[1] ?? null

/** What each of the lower folders may have from src at run time; its types may come from chain and node too. */
const BELOW: Readonly<Record<string, readonly string[]>> = {
  format: ['format'],
  queue: ['format', 'queue'],
  domain: ['format', 'domain', 'chain/history/events'],
}

test('import lines are found in all their forms', () => {
  const text = `import { a,\n  b } from '../one'\nimport type { c } from 'two'\nimport './three.css'\nexport * from "./four"\nconst d = await import('five')`
  expect(importsOf('ui/x.ts', text).map(({ to, types }) => [to, types])).toEqual([['one', false], ['two', true], ['ui/three.css', false], ['ui/four', false], ['five', false]])
  expect(imports.length).toBeGreaterThan(1000)
})

describe('the tree of the page', () => {
  test('has viem and wagmi below src/chain only', () => {
    expect(offending(({ from, to }) => topOf(from) !== 'chain' && /^(?:viem|wagmi|@wagmi)(?:\/|$)/.test(to))).toEqual([])
  })

  test('has no feature that imports another', () => {
    expect(offending(({ from, to }) => featureOf(to) !== null && featureOf(from) !== null && featureOf(from) !== featureOf(to))).toEqual([])
  })

  test('has no shared part that imports a feature: they are found by their folder', () => {
    expect(offending(({ from, to }) => topOf(from) !== 'features' && featureOf(to) !== null)).toEqual([])
  })

  test.each(Object.keys(BELOW))('has no React in %s', (folder) => {
    expect(imports.some(({ from }) => topOf(from) === folder)).toBe(true)
    expect(offending(({ from, to }) => topOf(from) === folder && /^(?:react|react-dom|@tanstack\/react-query)(?:\/|$)/.test(to))).toEqual([])
  })

  test.each(Object.entries(BELOW))('has nothing upward in %s', (folder, allowed) => {
    const upward = ({ from, to, types }: Import): boolean => {
      const within = allowed.some((each) => to === each || to.startsWith(`${each}/`))
      const shape = types && ['chain', 'node'].includes(topOf(to))
      return topOf(from) === folder && !isTest(from) && FOLDERS.has(topOf(to)) && !within && !shape
    }
    expect(offending(upward)).toEqual([])
  })
})

const FOLDERS = new Set(readdirSync(SRC, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])))
