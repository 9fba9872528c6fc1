import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import type { Config } from '../config/schema'
import { readCoverages, readLeaseProof, readReadings, readReport, readSeries } from './read'

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

async function node(answer: (path: string, response: ServerResponse) => void): Promise<string> {
  const server = createServer((request, response) => answer(request.url ?? '', response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  stops.push(async () => {
    server.closeAllConnections()
    await new Promise<void>((resolve) => void server.close(() => resolve()))
  })
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}

const json = (value: unknown) => (_: string, response: ServerResponse) => void response.end(JSON.stringify(value))
const refusing = (status: number) => (_: string, response: ServerResponse) => void response.writeHead(status).end('{}')
const silent = () => undefined

function configOf(nodes: readonly string[]): Pick<Config, 'nodes'> {
  return { nodes }
}

const root = `0x${'ab'.repeat(32)}`
const report = {
  epoch: 11,
  base_epoch: 0,
  state: 'final',
  root,
  set_hash: null,
  leaf_count: 3,
  mined_at_unix_s: 1,
  final_at_unix_s: 2,
  signers: [0, 1, 2],
}

test('the first node that answers well is taken, and what was wrong with those before it is said', async () => {
  const bad = await Promise.all([
    node(silent),
    node(refusing(503)),
    node((_, response) => void response.end('<html>')),
    node(json({ ...report, epoch: '11' })),
    node((_, response) => void response.writeHead(302, { location: 'https://elsewhere.example/' }).end()),
  ])
  const good = await node(json({ ...report, more: 'than was asked' }))
  const all = ['http://127.0.0.1:1', ...bad, good, 'http://127.0.0.1:1']
  const said = await readReport(configOf(all), 11n, { timeoutMs: 3_000 })
  expect(said).toMatchObject({ ok: true, value: { value: report, node: good } })
  expect(said.ok && said.value.passedOver.map(({ fault }) => fault.code)).toEqual([
    'node.unreachable',
    'node.timedOut',
    'node.refused',
    'node.notJson',
    'node.malformed',
    'node.unreachable',
  ])
})

test('a node whose body never ends, in time or in length, is given up', async () => {
  const slow = await node((_, response) => void response.write('{"epoch":'))
  const endless = await node((_, response) => {
    const chunk = 'x'.repeat(256 * 1024)
    const more = () => response.write(chunk, (error) => (error ? undefined : more()))
    more()
  })
  const said = await readReport(configOf([slow, endless]), 11n, { timeoutMs: 2_000 })
  expect(said.ok).toBe(false)
  expect(!said.ok && said.error.all.map(({ fault }) => fault)).toEqual([
    { code: 'node.timedOut', args: { url: slow, seconds: '2' } },
    { code: 'node.tooLarge', args: { url: endless, megabytes: '4' } },
  ])
})

test('that a node does not hold something says more than that another is gone', async () => {
  const without = await node(refusing(404))
  const said = await readReport(configOf(['http://127.0.0.1:1', without]), 11n)
  expect(said).toMatchObject({ ok: false, error: { fault: { code: 'node.notFound', args: { url: without } } } })
  expect(await readReport(configOf([]), 11n)).toEqual({ ok: false, error: { fault: { code: 'node.none', args: {} }, all: [] } })
})

test('what was asked goes out as the API takes it', async () => {
  const paths: string[] = []
  const url = await node((path, response) => {
    paths.push(path)
    refusing(404)(path, response)
  })
  const config = configOf([url])
  await readSeries(config, 1n, { points: 300, firstEpoch: 2n })
  await readReadings(config, 11n, { after: 2n ** 200n })
  await readLeaseProof(config, 7n)
  await readCoverages(config, 24)
  expect(paths).toEqual([
    '/v1/fleets/1/series?points=300&first_epoch=2',
    `/v1/reports/11/readings?after=${2n ** 200n}`,
    '/v1/leases/7',
    '/v1/coverage?epochs=24',
  ])
})

test('a page that was left asks no more', async () => {
  const leave = new AbortController()
  const url = await node(silent)
  const asked = readReport(configOf([url, url]), 11n, { signal: leave.signal })
  leave.abort(new Error('left'))
  await expect(asked).rejects.toThrow('left')
})
