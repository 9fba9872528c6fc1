import fc from 'fast-check'
import { expect, it } from 'vitest'

import { isEnd } from './ends'
import { type Entry, EMPTY_QUEUE, MOST_ENTRIES, type Queue } from './entry'
import type { QueueEvent } from './events'
import { ACCOUNT, after, blockOf, CLAIM, draftOf, hashOf, SENT } from './fixtures'
import { ownHashes } from './hash'
import { reduce } from './reduce'
import { fromStored, toStored } from './stored'

interface Real {
  queue: Queue
}
interface Model {
  /** Every status seen in any run. */
  readonly reached: Set<string>
}

/** One event and what must hold of any queue before and after it. */
class Happening implements fc.Command<Model, Real> {
  constructor(readonly event: QueueEvent) {}

  check(): boolean {
    return true
  }

  run({ reached }: Model, real: Real): void {
    const before = real.queue
    const next = reduce(before, this.event)
    real.queue = next
    this.nothingLost(before, next)
    this.noEndUndone(before, next)
    const hashes = next.entries.flatMap(({ steps }) => steps.flatMap(ownHashes))
    expect(new Set(hashes).size).toBe(hashes.length)
    for (const { steps, needed } of next.entries) {
      for (const { status } of steps) {
        reached.add(status.kind)
        if ('mined' in status && status.mined !== null) {
          expect(status.mined.confirmations).toBeGreaterThanOrEqual(1)
          expect(status.mined.confirmations).toBeLessThanOrEqual(needed)
        }
      }
    }
    expect(fromStored(toStored(next))).toEqual({ queue: next, problem: null })
  }

  toString(): string {
    return JSON.stringify(this.event, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))
  }

  private nothingLost(before: Queue, after: Queue): void {
    const kept = new Set(after.entries.map(({ id }) => id))
    const lost = before.entries.filter(({ id }) => !kept.has(id))
    expect(after.entries.length).toBeLessThanOrEqual(MOST_ENTRIES)
    if (this.event.kind === 'dismissed') expect(lost.length).toBeLessThanOrEqual(1)
    else expect(lost).toEqual([])
    for (const { steps, needed } of lost) {
      for (const { status } of steps) {
        const mayGo = ['drafted', 'simulating', 'dropped'].includes(status.kind) || isEnd(status, needed)
        expect(mayGo || (status.kind === 'signing' && status.unheard)).toBe(true)
      }
    }
  }

  private noEndUndone(before: Queue, after: Queue): void {
    if (this.event.kind === 'reorged') return
    const later = new Map<string, Entry>(after.entries.map((entry) => [entry.id, entry]))
    for (const entry of before.entries) {
      entry.steps.forEach(({ status }, place) => {
        const now = later.get(entry.id)?.steps[place]
        if (now !== undefined && isEnd(status, entry.needed)) expect(now.status).toEqual(status)
      })
    }
  }
}

const at = fc.integer({ min: 0, max: 60_000 })
const id = fc.constantFrom('a', 'b', 'c')
const step = fc.constantFrom(0, 0, 1)
const hash = fc.integer({ min: 1, max: 5 }).map(hashOf)
const block = fc.record({ number: fc.bigInt({ min: 1n, max: 6n }), fork: fc.constantFrom(0, 1) }).map((b) => blockOf(b.number, b.fork))
const nonce = fc.constantFrom(null, 0, 7, -1)
const text = fc.oneof(fc.constantFrom('x', '🜲', '\ud800', '__proto__', '{"int":"1"}'), fc.string())
const value = fc.oneof(
  fc.bigInt({ min: -(2n ** 255n), max: 2n ** 256n - 1n }),
  text,
  fc.boolean(),
  fc.array(fc.bigInt({ min: 0n, max: 9n }), { maxLength: 2 }),
  text.map((name) => ({ fields: [{ name, value: 1n }] })),
)
const call = fc.record({ name: text, value }).map((argument) => ({ ...CLAIM, arguments: [argument] }))
const refusal = fc.record({ by: fc.constantFrom('chain', 'wallet', 'app'), name: text, arguments: fc.constant([]) })
const draft = fc
  .record({ id, calls: fc.array(call, { minLength: 1, maxLength: 2 }), needed: fc.constantFrom(1, 2, 3, 0), batch: fc.boolean() })
  .map((d) => draftOf(d.id, d.batch ? [d.calls] : d.calls.map((each) => [each]), d.needed))

/** What a write usually goes through, so that a run reaches deep; each event also comes out of turn. */
const event: fc.Arbitrary<QueueEvent> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('drafted'), draft, at }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('simulating'), id, step }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('signing'), id, step, at }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('sent'), id, step, hash: fc.oneof(hash, fc.constant('0x')), nonce, at }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('mined'), hash, block, succeeded: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('head'), chainId: fc.constantFrom(1, 2), number: fc.bigInt({ min: 0n, max: 9n }) }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('replaced'), hash, by: hash, how: fc.constantFrom('repriced', 'cancelled', 'other'), at }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('dropped', 'seen', 'reorged'), hash, at }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('bundled'), id, step, bundleId: fc.string({ maxLength: 9 }), at }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('bundleSent'), id, step, hash, at }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('rejected', 'simulationLost'), id, step }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('refused'), id, step, refusal }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('tick'), at }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('dismissed'), id }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('walletChanged'), chainId: fc.constantFrom(1, 2), account: fc.constantFrom(ACCOUNT, null) }),
  },
  { weight: 1, arbitrary: fc.constant<QueueEvent>({ kind: 'reloaded' }) },
)

const commandsOf = fc.commands([event.map((each) => new Happening(each))], { maxCommands: 150, size: 'max' })

it('whatever comes in whatever order: no end undone but by a reorg, nothing lost, no hash shared, never beyond k, stored is equal', () => {
  const reached = new Set<string>()
  fc.assert(
    fc.property(commandsOf, fc.boolean(), (commands, begun) => {
      const real: Real = { queue: begun ? after(SENT) : EMPTY_QUEUE }
      fc.modelRun(() => ({ model: { reached }, real }), commands)
    }),
    { numRuns: 300 },
  )
  // The run is worth something only if it gets everywhere.
  expect([...reached].sort()).toEqual([
    'bundled',
    'confirmed',
    'drafted',
    'dropped',
    'final',
    'pending',
    'refused',
    'rejected',
    'replaced',
    'reverted',
    'signing',
    'simulating',
  ])
}, 60_000)
