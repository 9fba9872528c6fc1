import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { EMPTY_QUEUE } from './entry'
import { after, draftOf, hashOf, SENT } from './fixtures'
import { fromStored, toStored } from './stored'

const QUEUE = after(SENT)
const TEXT = toStored(QUEUE)

describe('a stored queue', () => {
  it('keeps amounts beyond 2^53 to the unit, as digits', () => {
    const amount = 2n ** 256n - 1n
    const call = { ...QUEUE.entries[0]?.steps[0]?.calls[0], value: amount }
    const text = TEXT.replace('"value":{"int":"0"}', `"value":{"int":"${amount}"}`)
    const restored = fromStored(text)
    expect(restored.problem).toBeNull()
    expect(restored.queue.entries[0]?.steps[0]?.calls[0]).toEqual(call)
    expect(toStored(restored.queue)).toBe(text)
  })

  it('is empty, with no problem, where nothing was stored', () => {
    expect(fromStored(null)).toEqual({ queue: EMPTY_QUEUE, problem: null })
  })

  it.each([
    ['', 'stored.notJson'],
    ['{"version":1,"entries":[', 'stored.notJson'],
    ['null', 'stored.wrongShape'],
    ['[]', 'stored.wrongShape'],
    ['{"version":0,"entries":[]}', 'stored.otherVersion'],
    ['{"version":"1","entries":[]}', 'stored.otherVersion'],
    ['{"version":1,"entries":{}}', 'stored.wrongShape'],
    ['{"version":1,"entries":[],"more":1}', 'stored.wrongShape'],
    [TEXT.replace('"int":"0"', '"int":"0x10"'), 'stored.wrongShape'],
    [TEXT.replace('"int":"0"', '"int":"1e18"'), 'stored.wrongShape'],
    [TEXT.replace('"int":"0"', '"int":"-1"'), 'stored.wrongShape'],
    [TEXT.replace('"kind":"pending"', '"kind":"__proto__"'), 'stored.wrongShape'],
    [TEXT.replace(`"hash":"${hashOf(1)}"`, `"hash":"${hashOf(2)}"`), 'stored.wrongShape'],
    [toStored({ entries: [...QUEUE.entries, ...QUEUE.entries] }), 'stored.contradiction'],
    [toStored({ entries: [...QUEUE.entries, ...QUEUE.entries.map((entry) => ({ ...entry, id: 'b' }))] }), 'stored.contradiction'],
    [`{"version":1,"entries":[${'['.repeat(100_000)}${']'.repeat(100_000)}]}`, 'stored.wrongShape'],
    ['x'.repeat(4_000_000), 'stored.tooLarge'],
  ])('%.60j is an empty queue and %s', (text, code) => {
    expect(fromStored(text)).toMatchObject({ queue: EMPTY_QUEUE, problem: { code } })
  })

  it('never throws, and is whole or empty, whatever stands there', () => {
    const hostile = fc.oneof(
      fc.string(),
      fc.json(),
      fc.record({ at: fc.nat(TEXT.length), put: fc.string() }).map(({ at, put }) => TEXT.slice(0, at) + put + TEXT.slice(at + put.length)),
    )
    fc.assert(
      fc.property(hostile, (text) => {
        const { queue, problem } = fromStored(text)
        if (problem !== null) expect(queue).toEqual(EMPTY_QUEUE)
        else expect(fromStored(toStored(queue))).toEqual({ queue, problem: null })
      }),
      { numRuns: 500 },
    )
  })
})

it('a draft that storage could not give back is not taken', () => {
  const draft = draftOf('huge', [[{ contract: '0x', name: '', function: '', arguments: [], value: 0n }]])
  expect(after([{ kind: 'drafted', draft, at: 0 }])).toBe(EMPTY_QUEUE)
  expect(after([{ kind: 'drafted', draft: draftOf(''), at: 0 }])).toBe(EMPTY_QUEUE)
  expect(after([{ kind: 'drafted', draft: draftOf('a', [[]]), at: 0 }])).toBe(EMPTY_QUEUE)
})
