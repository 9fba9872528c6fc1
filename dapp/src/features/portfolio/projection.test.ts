import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { projectedClaims } from './projection'
import { accountNow } from './shareAccount'
import { PERIOD, Simulation } from './statement/simulation'
import { streamedAt } from './stream'

const ME = '0xaAaAaAaaAaAaAaaAaAAAAAAAAaaaAaAaAaaAaaAa'
const OTHER = '0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB'
const gap = fc.bigInt({ min: 0n, max: 3n * PERIOD })
const worlds = fc.record({
  face: fc.bigInt({ min: 1_000n, max: 10n ** 12n }),
  steps: fc.array(fc.record({ gap, income: fc.bigInt({ min: 0n, max: 10n ** 13n }), moved: fc.bigInt({ min: 0n, max: 500n }) }), { maxLength: 12 }),
  last: gap,
})

function play({ face, steps, last }: { face: bigint; steps: readonly { gap: bigint; income: bigint; moved: bigint }[]; last: bigint }): Simulation {
  const world = new Simulation(1_790_000_000n, face, ME)
  for (const { gap: seconds, income, moved } of steps) {
    world.pass(seconds)
    world.distribute(income)
    world.transfer(ME, OTHER, moved)
  }
  world.pass(last)
  return world
}

describe('streamedAt', () => {
  test('is what the waterfall says, now and until it distributes again', () => {
    fc.assert(
      fc.property(worlds, gap, (past, later) => {
        const world = play(past)
        const stream = world.streamOf()
        expect(streamedAt(stream, PERIOD, world.time)).toBe(world.streamed())
        world.pass(later)
        expect(streamedAt(stream, PERIOD, world.time)).toBe(world.streamed())
      }),
      { numRuns: 500 },
    )
  })
})

describe('projectedClaims', () => {
  test('are what the contract pays at the end of each flow, or one smallest unit less where the last touch is not known', () => {
    fc.assert(
      fc.property(worlds, (past) => {
        const world = play(past)
        const account = accountNow(world.balance(ME), world.claimable(ME), world.streamed())
        const projected = projectedClaims(account, world.streamOf(), world.face, PERIOD, world.time)
        for (const { at, claimable } of projected) {
          world.pass(at - world.time)
          expect([0n, 1n]).toContain(world.claimable(ME) - claimable)
        }
        // Nothing comes after the last of them.
        const [end, before] = [world.claimable(ME), projected.length]
        world.pass(5n * PERIOD)
        if (before > 0) expect(world.claimable(ME)).toBe(end)
      }),
      { numRuns: 500 },
    )
  })

  test('end when a period does, and there are none when all has streamed', () => {
    const stream = { base: 0n, streaming: 70n, pending: 7n, period: 10n }
    const at = (time: bigint) => projectedClaims(accountNow(1n, 0n, streamedAt(stream, 7n, time)), stream, 1n, 7n, time).map((each) => [each.at, each.claimable, each.added])
    expect(at(73n)).toEqual([
      [77n, 40n, 40n],
      [84n, 47n, 47n],
    ])
    expect(at(80n)).toEqual([[84n, 4n, 4n]])
    expect(at(84n)).toEqual([])
  })
})
