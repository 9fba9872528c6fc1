import { describe, expect, it } from 'vitest'

import type { QueueEvent } from './events'
import { ACCOUNT, after, blockOf, CLAIM, draftOf, hashOf, SENT, WITH_WALLET } from './fixtures'
import { dismissable, intentOf, needsAttention, onItsWay, outcomeOf, unsettled } from './select'

const codes = (events: readonly QueueEvent[]) => needsAttention(after(events)).map(({ code }) => code)
const mined = (succeeded: boolean): QueueEvent => ({ kind: 'mined', hash: hashOf(1), block: blockOf(5n), succeeded })
const replaced = (how: 'repriced' | 'cancelled' | 'other'): QueueEvent => ({
  kind: 'replaced',
  hash: hashOf(1),
  by: hashOf(2),
  how,
  at: 1,
})

describe('attention', () => {
  it.each<[string, readonly QueueEvent[], readonly string[]]>([
    ['a write on its way', SENT, []],
    ['a rejection', [...WITH_WALLET, { kind: 'rejected', id: 'a', step: 0 }], []],
    ['silence', [...WITH_WALLET, { kind: 'tick', at: 30_000 }], ['wallet.silent']],
    ['another chain', [...WITH_WALLET, { kind: 'walletChanged', chainId: 9, account: ACCOUNT }], ['wallet.moved']],
    ['a reload', [...WITH_WALLET, { kind: 'reloaded' }], ['wallet.unheard']],
    ['a revert', [...SENT, mined(false)], ['write.reverted']],
    ['a drop', [...SENT, { kind: 'dropped', hash: hashOf(1), at: 1 }], ['write.dropped']],
    ['another price', [...SENT, replaced('repriced')], []],
    ['a cancellation', [...SENT, replaced('cancelled')], ['write.cancelled']],
    ['another transaction', [...SENT, replaced('other')], ['write.displaced']],
    ['a reorganisation', [...SENT, mined(true), { kind: 'reorged', hash: hashOf(1), at: 1 }], ['write.takenBack']],
  ])('of %s', (_name, events, expected) => {
    expect(codes(events)).toEqual(expected)
  })

  it('is asked for the next step once the one before is mined', () => {
    const two: QueueEvent = { kind: 'drafted', draft: draftOf('a', [[CLAIM], [CLAIM]]), at: 0 }
    expect(codes([two, ...SENT.slice(1)])).toEqual([])
    expect(needsAttention(after([two, ...SENT.slice(1), mined(true)]))).toEqual([{ id: 'a', step: 1, code: 'write.nextStep' }])
  })
})

it('a dropped or unheard write may be dismissed, one that may still be mined unseen may not', () => {
  expect(dismissable(after(SENT))).toEqual([])
  expect(dismissable(after([...SENT, { kind: 'dropped', hash: hashOf(1), at: 1 }]))).toHaveLength(1)
  expect(dismissable(after(WITH_WALLET))).toEqual([])
  expect(dismissable(after([...WITH_WALLET, { kind: 'reloaded' }]))).toHaveLength(1)
})

it('a write is unsettled until it is final', () => {
  const queue = after([...SENT, mined(true)])
  expect(unsettled(queue)).toHaveLength(1)
  expect(unsettled(after([{ kind: 'head', chainId: 1, number: 7n }], queue))).toEqual([])
})

it('the same intent is on its way from the wallet’s question until it is mined', () => {
  const found = (events: readonly QueueEvent[]) => onItsWay(after(events), 1, ACCOUNT.toLowerCase(), 'claim')?.id ?? null
  expect(found(WITH_WALLET.slice(0, 2))).toBeNull()
  expect(found(WITH_WALLET)).toBe('a')
  expect(found([...SENT, replaced('repriced')])).toBe('a')
  expect(found([...SENT, mined(true)])).toBeNull()
  expect(found([...SENT, mined(true), { kind: 'reorged', hash: hashOf(1), at: 1 }])).toBe('a')
  expect(onItsWay(after(SENT), 1, ACCOUNT, 'other')).toBeNull()
  expect(onItsWay(after(SENT), 2, ACCOUNT, 'claim')).toBeNull()
  expect(onItsWay(after(SENT), 1, CLAIM.contract, 'claim')).toBeNull()
})

it('an intent is equal whatever a permit’s deadline, and differs by amount', () => {
  const call = (amount: bigint, deadline: bigint) => ({
    ...CLAIM,
    arguments: [
      { name: 'amount', value: amount },
      { name: 'deadline', value: deadline },
    ],
  })
  expect(intentOf(call(1n, 5n), ['deadline'])).toBe(intentOf(call(1n, 6n), ['deadline']))
  expect(intentOf(call(1n, 5n))).not.toBe(intentOf(call(1n, 6n)))
  expect(intentOf(call(1n, 5n), ['deadline'])).not.toBe(intentOf(call(2n, 5n), ['deadline']))
})

describe('the outcome of a write', () => {
  const of = (events: readonly QueueEvent[], account = ACCOUNT, intent = 'claim') => outcomeOf(after(events), 1, account, intent)
  const deep: QueueEvent = { kind: 'head', chainId: 1, number: 7n }
  const reorged: QueueEvent = { kind: 'reorged', hash: hashOf(1), at: 1 }

  it.each<[string, readonly QueueEvent[], string | null]>([
    ['nothing', [], null],
    ['a question to the wallet', WITH_WALLET, 'underWay'],
    ['what waits', SENT, 'underWay'],
    ['another price', [...SENT, replaced('repriced')], 'underWay'],
    ['a block', [...SENT, mined(true)], 'done'],
    ['enough blocks', [...SENT, mined(true), deep], 'final'],
    ['a block that was taken back', [...SENT, mined(true), reorged], 'underWay'],
    ['many blocks that were taken back', [...SENT, mined(true), deep, reorged], 'underWay'],
    ['a rejection', [...WITH_WALLET, { kind: 'rejected', id: 'a', step: 0 }], 'ended'],
    ['a revert', [...SENT, mined(false)], 'ended'],
    ['a cancellation', [...SENT, replaced('cancelled')], 'ended'],
    ['a drop', [...SENT, { kind: 'dropped', hash: hashOf(1), at: 1 }], 'ended'],
    ['what was taken off the list', [...SENT, mined(true), deep, { kind: 'dismissed', id: 'a' }], null],
    ['a second one', [...SENT, mined(true), { kind: 'drafted', draft: draftOf('b'), at: 9 }], 'underWay'],
  ])('of %s', (_name, events, expected) => {
    expect(of(events)).toBe(expected)
  })

  it('is that of the same account and intent', () => {
    expect(of(SENT, ACCOUNT.toLowerCase())).toBe('underWay')
    expect([of(SENT, CLAIM.contract), of(SENT, ACCOUNT, 'other'), outcomeOf(after(SENT), 2, ACCOUNT, 'claim')]).toEqual([null, null, null])
  })

  it('of two steps is done with the second', () => {
    const two: readonly QueueEvent[] = [
      { kind: 'drafted', draft: draftOf('a', [[CLAIM], [CLAIM]]), at: 0 },
      { kind: 'simulating', id: 'a', step: 0 },
      { kind: 'signing', id: 'a', step: 0, at: 1 },
      { kind: 'sent', id: 'a', step: 0, hash: hashOf(1), nonce: 7, at: 2 },
      mined(true),
    ]
    expect(of(two)).toBe('underWay')
  })
})
