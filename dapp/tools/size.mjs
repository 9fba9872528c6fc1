// @ts-check
/**
 * The page's weight against its budgets, gzipped, from the manifest of the build: the code and texts that a visitor fetches before anything else, what each page and the
 * charts add to it, and all styles, which come first too. Exit code 1 where a budget is exceeded. A kB is 1000 bytes.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

/** @typedef {{ file: string, name?: string, src?: string, isEntry?: boolean, imports?: string[], dynamicImports?: string[], css?: string[] }} Chunk */

const BUILD = process.argv[2] ?? fileURLToPath(new URL('../../build/dapp', import.meta.url))
const KB = 1000
const BUDGETS = { first: 170 * KB, lazy: 50 * KB, charts: 35 * KB, css: 20 * KB }
const STARTING = 'texts-fr'
/** Texts that other rows have: English is the shorter, a feature's come with its pages. */
const COUNTED = /\/messages\/en\.json$|^src\/features\/[^/]+\/messages\/fr\.json$|^_texts-\w\w-/

/** @type {Record<string, Chunk>} */
const chunks = JSON.parse(readFileSync(join(BUILD, '.vite', 'manifest.json'), 'utf8'))

/** @param {string} key @returns {Set<string>} the chunk and all it imports statically */
function withImports(key, found = new Set()) {
  if (found.has(key)) return found
  found.add(key)
  for (const each of chunks[key]?.imports ?? []) withImports(each, found)
  return found
}

/** @param {Iterable<string>} files @returns {number} bytes, each file gzipped by itself as servers do */
function weigh(files) {
  let sum = 0
  for (const file of new Set(files)) sum += gzipSync(readFileSync(join(BUILD, file)), { level: 9 }).length
  return sum
}

/** @param {Iterable<string>} keys @returns {number} */
const scripts = (keys) => weigh([...keys].flatMap((key) => chunks[key]?.file ?? []).filter((file) => file.endsWith('.js')))

const keys = Object.keys(chunks)
const entries = keys.filter((key) => chunks[key]?.isEntry === true)
if (entries.length === 0) throw new Error(`${BUILD} holds no entry: build the page first`)

// The shell fetches its texts before it shows itself, in one language; French is the longer one.
const starting = keys.filter((key) => chunks[key]?.name === STARTING)
if (starting.length !== 1) throw new Error(`${BUILD} has no ${STARTING}: see vite.config.ts`)
const first = new Set([...entries, ...starting].flatMap((key) => [...withImports(key)]))

/** What is fetched later: each chunk that something imports dynamically, less what is there already, and a page with its feature's French texts. */
const later = [...new Set(keys.flatMap((key) => chunks[key]?.dynamicImports ?? []))].filter((key) => !first.has(key) && !COUNTED.test(chunks[key]?.src ?? key))

/** @param {string} key @returns {Set<string>} what is there wherever this chunk is asked for: all that every chunk has which imports it dynamically */
function beforehand(key) {
  const asking = keys.filter((each) => chunks[each]?.dynamicImports?.includes(key)).map((each) => withImports(each))
  const [one = first, ...others] = asking
  return new Set([...first, ...[...one].filter((each) => others.every((other) => other.has(each)))])
}

/** @param {string} key @returns {number} */
function added(key) {
  const source = chunks[key]?.src ?? key
  const feature = /^src\/features\/[^/]+\//.exec(source)?.[0]
  const texts = feature === undefined ? [] : keys.filter((each) => (chunks[each]?.src ?? each) === `${feature}messages/fr.json`)
  const there = beforehand(key)
  return scripts([key, ...texts].flatMap((each) => [...withImports(each)]).filter((each) => !there.has(each)))
}

const isChart = (/** @type {string} */ key) => /^src\/ui\/charts\/|node_modules\/uplot\//.test(chunks[key]?.src ?? key)
const rows = [
  { name: 'first load', size: scripts(first) + weigh(['boot.js']), limit: BUDGETS.first },
  ...later
    .map((key) => ({ name: (chunks[key]?.src ?? key).replace(/^src\//, ''), size: added(key), limit: isChart(key) ? BUDGETS.charts : BUDGETS.lazy }))
    .sort((one, other) => other.size - one.size),
  { name: 'css, all of it', size: weigh(Object.values(chunks).flatMap(({ file, css = [] }) => [...css, ...(file.endsWith('.css') ? [file] : [])])), limit: BUDGETS.css },
]

const width = Math.max(...rows.map(({ name }) => name.length))
const kB = (/** @type {number} */ bytes) => (bytes / KB).toFixed(1).padStart(8)
console.log(`${'kB, gzipped'.padEnd(width)}     size    limit   of it`)
for (const { name, size, limit } of rows) console.log(`${name.padEnd(width)} ${kB(size)} ${kB(limit)}  ${`${((100 * size) / limit).toFixed(0)} %`.padStart(6)}${size > limit ? '  too much' : ''}`)
process.exitCode = rows.some(({ size, limit }) => size > limit) ? 1 : 0
