// @ts-check
/**
 * The page by Lighthouse, as on a phone on a slow network: `node tools/lighthouse.mjs`. The built page is served beside a chain of its own and the
 * public API of a node, with a chart's worth of readings of fleet 1; there is no indexer. A page's performance is the median of three runs, for other
 * work on the machine lowers one; a third is left out that no longer decides. Exit code 1 below a floor; the last report of each page is in
 * build/lighthouse.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import lighthouse from 'lighthouse'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const PYTHON = join(ROOT, '.venv/bin/python')
const BUILD = join(ROOT, 'build', 'dapp')
const REPORTS = join(ROOT, 'build', 'lighthouse')
const PAGES = [
  { name: 'front page', route: '' },
  { name: 'a fleet, measured', route: '#/fleets/1' },
]
const FLOORS = { performance: 90, accessibility: 100 }
/** Runs on one side of the floor that decide. */
const MAJORITY = 2
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
/** Of what makes up the performance, what one looks at. */
const PAINTS = /** @type {const} */ (['first-contentful-paint', 'largest-contentful-paint', 'total-blocking-time', 'cumulative-layout-shift'])

/** Reports of the node: some days. */
const REPORTED = 96
/** Of the chain's, from its head to a fleet's terms. */
const LEAST_ANSWERS = 4
const VISIT_MS = 3_000
const READY_WITHIN_MS = 120_000
const GONE_WITHIN_MS = 10_000

/** @type {(() => Promise<void>)[]} */
const endings = []
const folder = mkdtempSync(join(tmpdir(), 'wellhead-lighthouse-'))
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.once(signal, () => void ended().finally(() => process.exit(1)))

try {
  const market = await started(PYTHON, ['-m', 'tests.support.page_world'], 'stdout', /^\{.*\}$/, (child) => child.stdin?.end())
  const { config: chain, facts } = JSON.parse(market[0] ?? '')
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const clock = ['--genesis', `${facts.genesis}`, '--epoch-length', `${facts.epochLength}`]
  const readings = await started(PYTHON, ['-m', 'tests.support.many_readings', ...clock, '--reports', `${REPORTED}`, '--meters', '20', '--origin', origin], 'stdout', /^\{.*\}$/, (child) => child.stdin?.end())
  const node = JSON.parse(readings[0] ?? '').url
  const config = join(folder, 'config.json')
  writeFileSync(config, JSON.stringify({ ...chain, nodes: [node] }))
  await started(PYTHON, ['-m', 'scripts.stage.static', '--root', BUILD, '--config', config, '--port', `${port}`], 'stdout', /^Listening on /)
  const chromium = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
  const [, debugging] = await started(chromium, ['--headless', '--remote-debugging-port=0', `--user-data-dir=${join(folder, 'profile')}`, ...FLAGS, 'about:blank'], 'stderr', /^DevTools listening on ws:\/\/[^:]+:(\d+)/)

  mkdirSync(REPORTS, { recursive: true })
  console.log(`${'Lighthouse, mobile'.padEnd(20)}${'performance'.padEnd(28)}accessibility`)
  for (const { name, route } of PAGES) {
    await visit(`${origin}/${route}`, Number(debugging))
    const runs = []
    const reaching = () => runs.filter((each) => each.performance >= FLOORS.performance).length
    while (reaching() < MAJORITY && runs.length - reaching() < MAJORITY) runs.push(await scoreOf(`${origin}/${route}`, Number(debugging), chain.chain.rpcs[0], join(REPORTS, `${name.replaceAll(' ', '-')}.html`)))
    const accessibility = Math.min(...runs.map((each) => each.accessibility))
    const low = reaching() < MAJORITY || accessibility < FLOORS.accessibility
    const all = runs.map((each) => each.performance).join(', ')
    console.log(`${name.padEnd(20)}${`${all} of ${FLOORS.performance}`.padEnd(28)}${accessibility} of ${FLOORS.accessibility}${low ? '  too low' : ''}`)
    for (const { said } of runs) console.log(`  ${said}`)
    if (low) process.exitCode = 1
  }
} finally {
  await ended()
}

async function ended() {
  for (const end of endings.splice(0).reverse()) await end()
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}

/**
 * Opens a page once before it is looked at: what its servers do for the first time is not the page's own.
 * @param {string} url @param {number} port
 */
async function visit(url, port) {
  const tabs = `http://127.0.0.1:${port}/json`
  const { id } = await (await fetch(`${tabs}/new?${encodeURIComponent(url)}`, { method: 'PUT' })).json()
  await setTimeout(VISIT_MS)
  await fetch(`${tabs}/close/${id}`)
}

/**
 * One run. Scores are of 100. A page that did not start, or whose chain is gone, has none: it would be quick.
 * @param {string} url @param {number} port @param {string} rpc @param {string} report
 */
async function scoreOf(url, port, rpc, report) {
  const result = await lighthouse(url, { port, output: 'html', onlyCategories: Object.keys(FLOORS), formFactor: 'mobile', logLevel: 'error' })
  if (result === undefined) throw new Error('Lighthouse gave no result')
  if (result.lhr.runtimeError !== undefined) throw new Error(result.lhr.runtimeError.message)
  writeFileSync(report, [result.report].flat().join(''))
  const { audits, categories } = result.lhr
  const requests = audits['network-requests']?.details
  const answered = requests?.type === 'table' ? requests.items.filter((item) => String(item['url']).startsWith(rpc) && item['statusCode'] === 200).length : 0
  if (answered < LEAST_ANSWERS) throw new Error(`the chain answered ${url} ${answered} times: the page did not come up, see ${report}`)
  const of = (/** @type {keyof FLOORS} */ name) => Math.round((categories[name]?.score ?? 0) * 100)
  const faults = Object.values(audits).filter((audit) => audit.score === 0 && audit.scoreDisplayMode === 'binary')
  const said = [...PAINTS.map((id) => `${id} ${audits[id]?.displayValue}`), ...faults.map(({ id }) => `fails ${id}`)].join(', ')
  return { performance: of('performance'), accessibility: of('accessibility'), said }
}

/** A port that nobody listens on: the node must know the page's origin, and the page's server the node. @returns {Promise<number>} */
function freePort() {
  const server = createServer()
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

/**
 * Starts a process, ends it when all is done, and gives what a line of its output matched.
 * @param {string} command @param {readonly string[]} values @param {'stdout' | 'stderr'} stream @param {RegExp} pattern
 * @param {(child: import('node:child_process').ChildProcess) => unknown} end @returns {Promise<RegExpExecArray>}
 */
async function started(command, values, stream, pattern, end = (child) => child.kill()) {
  const child = spawn(command, values, { cwd: ROOT, stdio: ['pipe', 'pipe', 'pipe'] })
  const gone = new Promise((resolve) => child.once('close', resolve))
  endings.push(async () => {
    end(child)
    const late = globalThis.setTimeout(() => child.kill('SIGKILL'), GONE_WITHIN_MS)
    await gone
    clearTimeout(late)
  })
  let heard = ''
  for (const each of [child.stdout, child.stderr]) each.on('data', (text) => (heard = `${heard}${text}`.slice(-4000)))
  return new Promise((resolve, reject) => {
    const late = globalThis.setTimeout(() => reject(new Error(`${command} ${values.join(' ')} was not ready in ${READY_WITHIN_MS / 1000} s: ${heard}`)), READY_WITHIN_MS)
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`${command} ended with ${code}: ${heard}`)))
    createInterface(child[stream]).on('line', (line) => {
      const found = pattern.exec(line)
      if (found === null) return
      clearTimeout(late)
      resolve(found)
    })
  })
}
