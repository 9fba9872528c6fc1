import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CDPSession, Page } from '@playwright/test'
import { meterOracleAbi } from '../../src/chain/abi/MeterOracle'
import { objectOf } from '../harness/json'
import { expect, test } from '../harness/test'
import { contractOf } from '../journeys/parts/people'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const [REPORTS, METERS] = [506, 200]
const BUDGET_MS = 2000
const VISITS = 5

/**
 * A fleet's page with 100,000 readings behind it: from the navigation, with nothing cached, to the chart drawn and to its answer to a key. The node is a process of
 * the real API over a real store; its epochs are those of the chain from the first on, so the page's first question is for all of them. Only printed: what other
 * work the machine has at the time is in it.
 */
test('a fleet’s page with 100,000 readings behind it', async ({ page, browser, open, config, chain, world, guard }) => {
  test.setTimeout(300_000)
  const at = { address: contractOf(world, 'MeterOracle'), abi: meterOracleAbi } as const
  const [genesis, length] = await Promise.all([chain.client.readContract({ ...at, functionName: 'genesis' }), chain.client.readContract({ ...at, functionName: 'epochLength' })])
  const node = await startNode(genesis, length, new URL(world.pageUrl).origin)
  try {
    expect(node.readings).toBeGreaterThanOrEqual(100_000)
    const figures: { readonly drawn: number; readonly answered: number; readonly asked: number; readonly cpu: number }[] = []
    for (let visit = 0; visit < VISITS; visit += 1) {
      config.set({ nodes: [node.url] })
      await page.addInitScript(watchChart)
      const session = await page.context().newCDPSession(page)
      await session.send('Network.setCacheDisabled', { cacheDisabled: true })
      await page.goto('about:blank')
      await session.send('Performance.enable', { timeDomain: 'threadTicks' })
      await open('/fleets/1')
      figures.push({ ...(await measured(page)), cpu: await cpuOf(session) })
      await expect(page.getByRole('main')).toContainText(/from 50\d reports in \d+ points/)
      await session.detach()
    }
    const [first] = figures
    const answered = figures.map((each) => each.answered).toSorted((one, other) => one - other)
    const median = answered[Math.floor(VISITS / 2)] ?? Number.NaN
    const ms = (value: number): string => `${value.toFixed(0).padStart(6)} ms`
    console.log(`\n${node.readings.toLocaleString('en')} readings, ${REPORTS} reports of ${METERS} meters; Chromium ${browser.version()}; load ${loadavg()[0]?.toFixed(1)}`)
    for (const [place, each] of figures.entries()) console.log(`visit ${place + 1}   readings had ${ms(each.asked)}   chart drawn ${ms(each.drawn)}   answers a key ${ms(each.answered)}   its main thread's CPU ${ms(each.cpu)}`)
    console.log(`median ${ms(median)} of ${BUDGET_MS} ms: ${(median / BUDGET_MS).toFixed(2)}; the node’s first answer is in visit 1: ${((first?.answered ?? Number.NaN) / BUDGET_MS).toFixed(2)}`)
  } finally {
    guard.allowFailures(node.url)
    await node.stop()
  }
})

/** In the page, from before its first script: when the chart's canvas first shows something, and when its cursor first answers. */
function watchChart(): void {
  const small = document.createElement('canvas')
  const context = small.getContext('2d', { willReadFrequently: true })
  const look = (): void => {
    const canvas = document.querySelector<HTMLCanvasElement>('main figure canvas')
    if (canvas !== null && canvas.width > 0) context?.drawImage(canvas, 0, 0, small.width, small.height)
    if (context?.getImageData(0, 0, small.width, small.height).data.some((value) => value !== 0) === true) Reflect.set(window, 'chartDrawn', performance.now())
    else requestAnimationFrame(look)
  }
  requestAnimationFrame(look)
  new MutationObserver(() => {
    const slider = document.querySelector('main figure [role=slider]')
    if (slider?.getAttribute('aria-valuenow') !== '1' || Reflect.has(window, 'chartAnswered')) return
    requestAnimationFrame(() => Reflect.set(window, 'chartAnswered', performance.now()))
  }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['aria-valuenow'] })
}

async function measured(page: Page) {
  const reading = (name: string) => async (): Promise<number> => Number(await page.evaluate((key) => Reflect.get(window, key) ?? 0, name))
  await page.waitForFunction(() => Reflect.has(window, 'chartDrawn'), undefined, { timeout: 30_000 })
  await page.getByRole('slider').first().press('Home')
  await page.waitForFunction(() => Reflect.has(window, 'chartAnswered'), undefined, { timeout: 30_000 })
  const asked = await page.evaluate(() => performance.getEntriesByType('resource').find(({ name }) => name.includes('/series'))?.toJSON().responseEnd)
  return { drawn: await reading('chartDrawn')(), answered: await reading('chartAnswered')(), asked: Number(asked) }
}

/** What the page's main thread has worked so far, milliseconds of its own time, however busy the machine is. */
async function cpuOf(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics')
  return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN) * 1000
}

async function startNode(genesis: bigint, length: number, origin: string) {
  const values = ['--genesis', String(genesis), '--epoch-length', String(length), '--reports', String(REPORTS), '--meters', String(METERS), '--origin', origin]
  const child = spawn(process.env['PYTHON'] ?? join(ROOT, '.venv', 'bin', 'python'), ['-m', 'tests.support.many_readings', ...values], { cwd: ROOT, stdio: ['pipe', 'pipe', 'inherit'] })
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const line = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).once('line', resolve)
    child.once('exit', (code) => reject(new Error(`the node ended with ${code}`)))
  })
  const said = objectOf(JSON.parse(line))
  return {
    url: String(said['url']),
    readings: Number(said['readings']),
    async stop() {
      child.stdin.end()
      await gone
    },
  }
}
