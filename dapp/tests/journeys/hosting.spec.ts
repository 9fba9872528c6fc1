import { createReadStream, statSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from '@playwright/test'
import { originsIn } from '../harness/config'
import { objectOf } from '../harness/json'
import { test as base, expect } from '../harness/test'
import { money } from './parts/expected'
import { settled } from './parts/settled'
import { Leases } from './parts/tenants'

const BUILD = fileURLToPath(new URL('../../../build/dapp', import.meta.url))
const FOLDER = '/a/b/'
/** Nothing else is said of a file: no policy, no caching, no protection that a page might lean on. */
const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.json': 'application/json' }

/** The static build below a folder of a server that knows nothing of it. */
const test = base.extend<{ host: { readonly url: string; readonly asked: readonly string[]; readonly missed: readonly string[] } }>({
  host: async ({ page, world, guard }, use) => {
    const config = JSON.stringify(await (await fetch(new URL('config.json', world.pageUrl))).json())
    const [asked, missed]: [string[], string[]] = [[], []]
    const server = createServer((request, response) => {
      const path = decodeURIComponent(new URL(request.url ?? '/', 'http://host').pathname)
      asked.push(path)
      const name = path === FOLDER ? 'index.html' : normalize(path.slice(FOLDER.length))
      const file = join(BUILD, name)
      if (path.startsWith(FOLDER) && name === 'config.json') response.setHeader('content-type', 'application/json').end(config)
      else if (path.startsWith(FOLDER) && file.startsWith(BUILD) && statSync(file, { throwIfNoEntry: false })?.isFile() === true) {
        response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream')
        createReadStream(file).pipe(response)
      } else {
        missed.push(path)
        response.writeHead(404).end()
      }
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${portOf(server)}${FOLDER}`
    guard.allowOrigin(url)
    for (const each of originsIn(objectOf(JSON.parse(config)))) guard.allowOrigin(each)
    await letAsk(page, world.nodes, new URL(url).origin)
    await use({ url, asked, missed })
    // The page asks on, and what it asks when the route is gone no browser lets it read.
    await page.goto('about:blank')
    await page.unrouteAll({ behavior: 'ignoreErrors' })
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  },
})

test('the build works below any folder of any server, with no header, and loads what a route needs when one goes there', async ({ page, host, chain, world }) => {
  await page.goto(host.url)
  await settled(page)
  const before = host.asked.filter((path) => path.endsWith('.js'))
  await page.getByRole('navigation').getByRole('link', { name: 'Leases' }).first().click()
  await page.getByRole('rowheader').getByRole('link', { name: 'Lease 1', exact: true }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Lease 1' })).toBeVisible()
  await settled(page)
  const { account } = await new Leases(chain, world).leaseOf(1n)
  await expect(page.getByRole('main')).toContainText(money(account.owed))
  await expect(page.locator('footer')).toContainText('deployment checked')
  expect(new URL(page.url()).pathname).toBe(FOLDER)
  const later = host.asked.filter((path) => path.endsWith('.js') && !before.includes(path))
  expect(later.length, 'chunks that came with the route').toBeGreaterThan(0)
  expect(host.missed).toEqual([])
  expect(host.asked.every((path) => path.startsWith(FOLDER))).toBe(true)

  // Opened at that route, as from a bookmark, and with what a node said.
  await page.goto(`${host.url}#/fleets/1`)
  await page.reload()
  await settled(page)
  await expect(page.getByRole('figure', { name: 'What became of the capacity' })).toBeVisible()
})

test('the policy in the document itself stops what a server or a stranger writes into it, and keeps the page from asking anyone else', async ({ page, host, guard }) => {
  const written = `<script>document.documentElement.dataset.owned = 'by an element'</script><img src="data:," alt="" onerror="document.documentElement.dataset.owned = 'by an attribute'">`
  await page.route(host.url, async (route) => {
    const answer = await route.fetch()
    expect(Object.keys(answer.headers())).not.toContain('content-security-policy')
    await route.fulfill({ response: answer, body: (await answer.text()).replace('<div id="root">', `${written}<div id="root">`) })
  })
  guard.expect(/^content policy: script-src-elem inline/)
  guard.expect(/^content policy: script-src-attr inline/)
  guard.expect(/^content policy: connect-src http:\/\/127\.0\.0\.1:49999/)
  guard.expect(/^console error: .*Content Security Policy/)
  await page.goto(host.url)
  await settled(page)
  expect(await page.locator('img[onerror]').count(), 'it was written in').toBe(1)
  expect(await page.evaluate(() => document.documentElement.dataset['owned'])).toBeUndefined()
  // Loopback is open to the built page, and to a configured one it is not.
  const answered = await page.evaluate(() => fetch('http://127.0.0.1:49999/').then(() => true, () => false))
  expect(answered).toBe(false)
  await expect.poll(() => guard.problems().filter((problem) => problem.startsWith('expected and never came'))).toEqual([])
})

/**
 * Nodes answer only the origins that their operator names, and this one's is not among them; RPC and indexer answer any. A page's host would be named: so the word
 * that lets this origin read is put into the nodes' answers on their way.
 */
async function letAsk(page: Page, nodes: readonly string[], origin: string): Promise<void> {
  const origins = nodes.map((url) => new URL(url).origin)
  await page.route(
    (url) => origins.includes(url.origin),
    async (route) => {
      // A node closes a connection after five quiet seconds, and may while this asks over it.
      const answer = await route.fetch({ maxRetries: 2 })
      await route.fulfill({ response: answer, headers: { ...answer.headers(), 'access-control-allow-origin': origin } })
    },
  )
}

function portOf(server: Server): number {
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port')
  return address.port
}
