import { createServer } from 'node:http'
import { expect, test } from 'vitest'
import { loadConfig } from './load'

async function served(status: number, body: string): Promise<unknown> {
  const server = createServer((_, response) => void response.writeHead(status).end(body))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/config.json`
  const loaded = await loadConfig(url)
  await new Promise<void>((resolve) => void server.close(() => resolve()))
  return loaded.ok ? 'ok' : loaded.error.code
}

test('what a server can answer instead of a configuration has a name', async () => {
  expect(await served(404, '')).toBe('config.missing')
  expect(await served(200, '<html></html>')).toBe('config.notJson')
  expect(await served(200, '[]')).toBe('config.badField')
  expect(await served(200, '{}')).toBe('config.missingField')
  expect(await served(200, ' '.repeat(300_000))).toBe('config.tooLarge')
  const gone = await loadConfig('http://127.0.0.1:1/config.json')
  expect(gone).toEqual({ ok: false, error: { code: 'config.unreachable', args: { url: 'http://127.0.0.1:1/config.json' } } })
})
