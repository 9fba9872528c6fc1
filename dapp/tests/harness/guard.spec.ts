import { createServer } from 'node:http'
import { expect } from './test'
import { test } from './tiny/tinyWorld'

test('a page that does nothing wrong passes', async ({ page, open }) => {
  await open()
  await expect(page.getByRole('heading', { name: 'Tiny' })).toBeVisible()
})

test('a test with a planted problem fails', async ({ page, open }) => {
  // Passes because it fails: were the guard not at work, it would be reported as one that should have failed.
  test.fail()
  await open()
  await page.evaluate(() => console.error('planted'))
})

test('a console error is a problem', async ({ page, open, guard }) => {
  await open()
  await page.evaluate(() => console.error('planted'))
  await expect.poll(guard.problems).toEqual([expect.stringMatching(/^console error: planted/)])
  guard.take()
})

test('an uncaught error is a problem', async ({ page, open, guard }) => {
  await open()
  await page.evaluate(() => void setTimeout(() => Reflect.apply(Reflect.get(window, 'nothing'), null, []), 0))
  await expect.poll(guard.problems).toEqual([expect.stringMatching(/^page error: TypeError/)])
  guard.take()
})

for (const [what, element, text] of [
  ['style', 'style', 'p { color: red }'],
  ['script', 'script', 'window.ran = true'],
] as const) {
  test(`an inline ${what} is refused and reported: two problems`, async ({ page, open, guard }) => {
    await open()
    await page.evaluate(({ element, text }) => document.head.append(Object.assign(document.createElement(element), { textContent: text })), { element, text })
    const [policy, spoken] = [expect.stringMatching(`^content policy: ${what}-src-elem inline`), expect.stringMatching(/^console error: /)]
    await expect.poll(() => [...guard.problems()].sort()).toEqual([spoken, policy])
    guard.take()
  })
}

test('a request to another origin is a problem', async ({ page, open, guard }) => {
  const other = createServer((_request, response) => response.writeHead(204).end())
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const address = other.address()
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/`
  await open()
  await page.evaluate((src) => void Object.assign(new Image(), { src }), url)
  await expect.poll(guard.problems).toEqual([`request to another origin: ${url}`])
  guard.take()
  other.close()
})

test('a problem that was expected and never came is a problem; one that came is none', async ({ page, open, guard }) => {
  guard.expect(/planted/)
  await open()
  expect(guard.problems()).toEqual(['expected and never came: /planted/'])
  await page.evaluate(() => console.error('planted'))
  await expect.poll(guard.problems).toEqual([])
})
