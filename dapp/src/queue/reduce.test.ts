import { describe, expect, it } from 'vitest'

import { MOST_ENTRIES, type Queue } from './entry'
import type { QueueEvent } from './events'
import { ACCOUNT, after, asked, blockOf, CLAIM, draftOf, entryOf, hashOf, SENT, sentAs, statusOf, WITH_WALLET } from './fixtures'
import { hasRoom, reduce } from './reduce'

const MINED: QueueEvent = { kind: 'mined', hash: hashOf(1), block: blockOf(100n), succeeded: true }
const HEAD = (number: bigint): QueueEvent => ({ kind: 'head', chainId: 1, number })

describe('a write', () => {
  it('goes from draft to final, counting confirmations up to those needed', () => {
    let queue = after([...SENT, MINED])
    expect(statusOf(queue)).toMatchObject({ kind: 'confirmed', mined: { confirmations: 1 } })
    queue = after([HEAD(101n)], queue)
    expect(statusOf(queue)).toMatchObject({ kind: 'confirmed', mined: { confirmations: 2 } })
    queue = after([HEAD(100n)], queue)
    expect(statusOf(queue)).toMatchObject({ mined: { confirmations: 2 } })
    queue = after([HEAD(150n)], queue)
    expect(statusOf(queue)).toMatchObject({ kind: 'final', hash: hashOf(1), nonce: 7, mined: { confirmations: 3 } })
    expect(after([HEAD(151n)], queue)).toBe(queue)
  })

  it('is final at once where one confirmation is enough', () => {
    const [, ...rest] = SENT
    const queue = after([{ kind: 'drafted', draft: draftOf('a', [[CLAIM]], 1), at: 0 }, ...rest, MINED])
    expect(statusOf(queue).kind).toBe('final')
  })

  it('pays no heed to another chain’s head', () => {
    const queue = after([...SENT, MINED])
    expect(after([{ kind: 'head', chainId: 10, number: 999n }], queue)).toBe(queue)
  })

  it('is refused by a simulation with the decoded error', () => {
    const refusal = { by: 'chain', name: 'FleetShare_NothingToClaim', arguments: [{ name: 'holder', value: ACCOUNT }] } as const
    const queue = after([...WITH_WALLET.slice(0, 2), { kind: 'refused', id: 'a', step: 0, refusal }])
    expect(statusOf(queue)).toEqual({ kind: 'refused', refusal })
  })

  it('is drafted again when the simulation could not be done', () => {
    expect(statusOf(after([...WITH_WALLET.slice(0, 2), { kind: 'simulationLost', id: 'a', step: 0 }])).kind).toBe('drafted')
  })

  it('cannot be signed before it was simulated', () => {
    const queue = after(WITH_WALLET.slice(0, 1))
    expect(after(WITH_WALLET.slice(2), queue)).toBe(queue)
  })
})

describe('the wallet', () => {
  it('is shown silent after 20 s and can still answer', () => {
    expect(statusOf(after([...WITH_WALLET, { kind: 'tick', at: 20_999 }]))).toMatchObject({ silent: false })
    const silent = after([...WITH_WALLET, { kind: 'tick', at: 21_000 }])
    expect(statusOf(silent)).toMatchObject({ kind: 'signing', silent: true })
    expect(statusOf(after(SENT.slice(3), silent)).kind).toBe('pending')
    expect(statusOf(after([{ kind: 'rejected', id: 'a', step: 0 }], silent)).kind).toBe('rejected')
  })

  it('is shown moved while it stands on another chain or account, and not once it is back', () => {
    const moved = (chainId: number, account: string | null) =>
      statusOf(after([...WITH_WALLET, { kind: 'walletChanged', chainId, account }]))
    expect(moved(10, ACCOUNT)).toMatchObject({ moved: true })
    expect(moved(1, null)).toMatchObject({ moved: true })
    expect(moved(1, ACCOUNT.toLowerCase())).toMatchObject({ moved: false })
    const back = after([
      ...WITH_WALLET,
      { kind: 'walletChanged', chainId: 10, account: ACCOUNT },
      { kind: 'walletChanged', chainId: 1, account: ACCOUNT },
    ])
    expect(statusOf(back)).toMatchObject({ kind: 'signing', moved: false })
  })

  it.each(['0x12', '', hashOf(1).slice(0, -1), `${hashOf(1)}0`])('that answers %j instead of a hash has its step refused', (hash) => {
    const queue = after([...WITH_WALLET, { kind: 'sent', id: 'a', step: 0, hash, nonce: 1, at: 2 }])
    expect(statusOf(queue)).toMatchObject({ kind: 'refused', refusal: { by: 'wallet', name: 'wallet.badAnswer' } })
  })

  it('cannot pass one transaction off as two writes, in whatever letter case', () => {
    const hash = hashOf(0xabc)
    const first: QueueEvent = { kind: 'sent', id: 'a', step: 0, hash, nonce: 7, at: 2 }
    const upper: QueueEvent = { kind: 'sent', id: 'b', step: 0, hash: `0x${hash.slice(2).toUpperCase()}`, nonce: 8, at: 3 }
    const queue = after([...WITH_WALLET, first, ...asked('b'), upper])
    expect(statusOf(queue)).toMatchObject({ kind: 'pending', hash })
    expect(statusOf(queue, 'b')).toMatchObject({ kind: 'refused', refusal: { name: 'wallet.knownHash' } })
  })

  it('is not heard after a reload, and a simulation begins anew', () => {
    expect(statusOf(after([...WITH_WALLET, { kind: 'reloaded' }]))).toMatchObject({ kind: 'signing', unheard: true })
    expect(statusOf(after([...WITH_WALLET.slice(0, 2), { kind: 'reloaded' }])).kind).toBe('drafted')
    const sent = after(SENT)
    expect(after([{ kind: 'reloaded' }], sent)).toBe(sent)
  })
})

describe('a chain that changes its mind', () => {
  it.each([1n, 3n])('takes back a write at depth %s, which is then pending until it is mined again', (depth) => {
    const queue = after([...SENT, MINED, HEAD(99n + depth), { kind: 'reorged', hash: hashOf(1), at: 9 }])
    expect(statusOf(queue)).toEqual({ kind: 'pending', hash: hashOf(1), nonce: 7, since: 9, takenBack: true })
    const anew = after([{ kind: 'mined', hash: hashOf(1), block: blockOf(101n, 1), succeeded: false }], queue)
    expect(statusOf(anew)).toMatchObject({ kind: 'reverted', mined: { block: blockOf(101n, 1), confirmations: 1 } })
  })

  it('counts anew from the block a write moved to', () => {
    const queue = after([...SENT, MINED, HEAD(101n), { kind: 'mined', hash: hashOf(1), block: blockOf(101n, 1), succeeded: true }])
    expect(statusOf(queue)).toMatchObject({ kind: 'confirmed', mined: { block: blockOf(101n, 1), confirmations: 1 } })
  })
})

describe('a replacement', () => {
  const by = (how: 'repriced' | 'cancelled' | 'other', from = 1, to = 2): QueueEvent => ({
    kind: 'replaced',
    hash: hashOf(from),
    by: hashOf(to),
    how,
    at: 5,
  })
  const minedAs = (number: number): QueueEvent => ({ kind: 'mined', hash: hashOf(number), block: blockOf(100n), succeeded: true })

  it('at another price carries the write on, and is the one confirmed', () => {
    const queue = after([...SENT, by('repriced')])
    expect(statusOf(queue)).toMatchObject({ kind: 'replaced', hash: hashOf(1), by: hashOf(2), how: 'repriced', mined: null })
    expect(statusOf(after([minedAs(2)], queue))).toMatchObject({ kind: 'confirmed', hash: hashOf(2), nonce: 7 })
    expect(statusOf(after([minedAs(1)], queue))).toMatchObject({ kind: 'confirmed', hash: hashOf(1) })
  })

  it('can itself be replaced, and the first of them still be mined', () => {
    const queue = after([...SENT, by('repriced'), by('repriced', 2, 3)])
    expect(statusOf(queue)).toMatchObject({ kind: 'replaced', by: hashOf(3) })
    for (const number of [1, 2, 3]) expect(statusOf(after([minedAs(number)], queue))).toMatchObject({ hash: hashOf(number) })
  })

  it.each(['cancelled', 'other'] as const)('that is %s ends the write once deep enough, and a reorganisation undoes it', (how) => {
    const queue = after([...SENT, by(how), minedAs(2), HEAD(102n)])
    expect(statusOf(queue)).toMatchObject({ kind: 'replaced', how, mined: { confirmations: 3 } })
    expect(after([minedAs(1)], queue)).toBe(queue)
    const undone = after([{ kind: 'reorged', hash: hashOf(2), at: 9 }], queue)
    expect(statusOf(undone)).toMatchObject({ kind: 'replaced', mined: null })
    expect(statusOf(after([minedAs(1)], undone)).kind).toBe('confirmed')
  })

  it('that cancels a write is that write’s: no other can be sent under its hash', () => {
    const queue = after([...SENT, by('cancelled'), ...sentAs('b', hashOf(2))])
    expect(statusOf(queue, 'b')).toMatchObject({ kind: 'refused', refusal: { name: 'wallet.knownHash' } })
  })

  it('that falls out of the pool leaves the original standing', () => {
    const queue = after([...SENT, by('cancelled'), { kind: 'dropped', hash: hashOf(2), at: 8 }])
    expect(statusOf(queue)).toMatchObject({ kind: 'pending', hash: hashOf(1) })
  })

  it('by another write of this queue never shares its hash', () => {
    const queue = after([...SENT, ...sentAs('b', hashOf(2)), by('repriced')])
    expect(statusOf(queue)).toMatchObject({ kind: 'replaced', how: 'other', by: hashOf(2) })
    const mined = after([minedAs(2)], queue)
    expect(statusOf(mined)).toMatchObject({ kind: 'replaced', mined: { confirmations: 1 } })
    expect(statusOf(mined, 'b').kind).toBe('confirmed')
  })
})

it('a dropped transaction can be seen again, or mined after all', () => {
  const queue = after([...SENT, { kind: 'dropped', hash: hashOf(1), at: 5 }])
  expect(statusOf(queue)).toMatchObject({ kind: 'dropped', hash: hashOf(1), nonce: 7 })
  expect(statusOf(after([{ kind: 'seen', hash: hashOf(1), at: 6 }], queue)).kind).toBe('pending')
  expect(statusOf(after([MINED], queue)).kind).toBe('confirmed')
})

it('a write that reverted is at its end only once deep enough', () => {
  const reverted = after([...SENT, { kind: 'mined', hash: hashOf(1), block: blockOf(100n), succeeded: false }, HEAD(101n)])
  const gone: QueueEvent = { kind: 'dismissed', id: 'a' }
  expect(statusOf(reverted)).toMatchObject({ kind: 'reverted', mined: { confirmations: 2 } })
  expect(after([gone], reverted)).toBe(reverted)
  expect(after([HEAD(102n), gone], reverted).entries).toEqual([])
})

describe('several steps', () => {
  const two: QueueEvent = { kind: 'drafted', draft: draftOf('a', [[{ ...CLAIM, function: 'approve' }], [CLAIM]]), at: 0 }
  const second: QueueEvent = { kind: 'simulating', id: 'a', step: 1 }

  it('begin only when those before are mined', () => {
    const sent = after([two, ...SENT.slice(1)])
    expect(after([second], sent)).toBe(sent)
    expect(statusOf(after([MINED, second], sent), 'a', 1).kind).toBe('simulating')
  })

  it('hear the wallet for a later one though a reorganisation took an earlier one back', () => {
    const signing: QueueEvent = { kind: 'signing', id: 'a', step: 1, at: 5 }
    const sent: QueueEvent = { kind: 'sent', id: 'a', step: 1, hash: hashOf(2), nonce: 8, at: 6 }
    const queue = after([two, ...SENT.slice(1), MINED, second, signing, { kind: 'reorged', hash: hashOf(1), at: 6 }, sent])
    expect(entryOf(queue).steps.map(({ status }) => status.kind)).toEqual(['pending', 'pending'])
  })

  it('go as one batch under the wallet’s bundle id, and then by its transaction', () => {
    const batch: QueueEvent = { kind: 'drafted', draft: draftOf('a', [[{ ...CLAIM, function: 'approve' }, CLAIM]]), at: 0 }
    const queue = after([batch, ...WITH_WALLET.slice(1), { kind: 'bundled', id: 'a', step: 0, bundleId: '0xbeef', at: 3 }])
    expect(statusOf(queue)).toEqual({ kind: 'bundled', bundleId: '0xbeef', since: 3 })
    const known = after([{ kind: 'bundleSent', id: 'a', step: 0, hash: hashOf(1), at: 4 }, MINED], queue)
    expect(statusOf(known)).toMatchObject({ kind: 'confirmed', hash: hashOf(1), nonce: null })
  })
})

describe('the length of the list', () => {
  const full: Queue = after(Array.from({ length: MOST_ENTRIES }, (_, place) => sentAs(`w${place + 1}`, hashOf(place + 1))).flat())
  const one: QueueEvent = { kind: 'drafted', draft: draftOf('new'), at: 0 }

  it('is kept by forgetting the oldest settled one', () => {
    const settled = after([2, 4].map((n) => ({ kind: 'mined', hash: hashOf(n), block: blockOf(1n), succeeded: true })), full)
    expect(hasRoom(settled)).toBe(false)
    const ids = after([HEAD(9n), one], settled).entries.map(({ id }) => id)
    expect(ids).toHaveLength(MOST_ENTRIES)
    expect(ids).not.toContain('w2')
    expect(ids).toEqual(expect.arrayContaining(['w1', 'w4', 'new']))
  })

  it('is kept by taking no new one while nothing is settled', () => {
    expect(hasRoom(full)).toBe(false)
    expect(reduce(full, one)).toBe(full)
  })
})

it('nothing that is on its way can be dismissed', () => {
  const sent = after(SENT)
  expect(after([{ kind: 'dismissed', id: 'a' }], sent)).toBe(sent)
  expect(after([...WITH_WALLET, { kind: 'dismissed', id: 'a' }]).entries).toHaveLength(1)
  expect(after([...WITH_WALLET, { kind: 'rejected', id: 'a', step: 0 }, { kind: 'dismissed', id: 'a' }]).entries).toEqual([])
})

it('an error too large to keep is kept as a bad answer, not lost', () => {
  const refusal = { by: 'chain', name: 'x'.repeat(100_000), arguments: [] } as const
  const queue = after([...WITH_WALLET, { kind: 'refused', id: 'a', step: 0, refusal }])
  expect(statusOf(queue)).toMatchObject({ kind: 'refused', refusal: { name: 'wallet.badAnswer' } })
})
