import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build, createServer, type ViteDevServer } from 'vite'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'

const ROOT = resolve(import.meta.dirname, '..')
const CONFIG_FILE = join(ROOT, 'vite.config.ts')
/** A policy in the document itself: a comment of it has the name too. */
const POLICY = /<meta[^>]*content-security-policy[^>]*>/i

let folder: string
let server: ViteDevServer
let page: string

/** The server of `make dapp`, but on a free port, with nothing kept and nothing watched. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dev-page-'))
  server = await createServer({
    configFile: CONFIG_FILE,
    cacheDir: join(folder, 'cache'),
    logLevel: 'silent',
    optimizeDeps: { noDiscovery: true },
    server: { port: 0, watch: null },
  })
  await server.listen()
  page = server.resolvedUrls?.local[0] ?? ''
})

afterEach(() => vi.unstubAllEnvs())

afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})

test('in development the document has no content policy, neither in itself nor from the server, for hot reloading puts code inline', async () => {
  const answer = await fetch(page)
  const html = await answer.text()
  expect(answer.status).toBe(200)
  expect(html).toMatch(/<script type="module">\s*\S/)
  expect(html).not.toMatch(POLICY)
  expect(answer.headers.get('content-security-policy')).toBeNull()
  // And is else the page's.
  expect(html).toContain('<title>Wellhead</title>')
  expect(html).toContain('<meta name="referrer" content="no-referrer" />')
})

test('a build keeps the policy, as it was written', async () => {
  const written = await readFile(join(ROOT, 'index.html'), 'utf8')
  // The document alone: the page's code takes long to build.
  await writeFile(join(folder, 'index.html'), written.replace(/<script type="module".*<\/script>/, ''))
  const built = await build({ configFile: CONFIG_FILE, root: folder, publicDir: join(ROOT, 'public'), logLevel: 'silent', build: { write: false, outDir: join(folder, 'built') } })
  const files = 'output' in built ? built.output : []
  const document = files.find(({ fileName }) => fileName === 'index.html')
  const html = document?.type === 'asset' ? String(document.source) : ''
  expect(POLICY.exec(written)?.[0]).toContain("script-src 'self'")
  expect(POLICY.exec(html)?.[0]).toBe(POLICY.exec(written)?.[0])
})

test('what runs before the page’s code is served as it is', async () => {
  const answer = await fetch(new URL('/boot.js', page))
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toContain('text/javascript')
  expect(await answer.text()).toBe(await readFile(join(ROOT, 'public/boot.js'), 'utf8'))
})

test('config.json is what the file holds that WELLHEAD_CONFIG names, at each load anew', async () => {
  const file = join(folder, 'some config.json')
  vi.stubEnv('WELLHEAD_CONFIG', file)
  for (const text of ['{"chain": "one"}', '{ "chain": "and another",\n "of": "é" }\n']) {
    await writeFile(file, text)
    const answer = await fetch(new URL('/config.json', page))
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toContain('application/json')
    expect(await answer.text()).toBe(text)
  }
})

test.each([
  ['nothing', undefined, 'WELLHEAD_CONFIG names no file'],
  ['a file that is not there', '/nowhere/config.json', 'ENOENT'],
])('there is no config.json where WELLHEAD_CONFIG names %s, and the answer says why', async (_what, named, why) => {
  vi.stubEnv('WELLHEAD_CONFIG', named)
  const answer = await fetch(new URL('/config.json', page))
  expect(answer.status).toBe(404)
  expect(await answer.text()).toContain(why)
})
