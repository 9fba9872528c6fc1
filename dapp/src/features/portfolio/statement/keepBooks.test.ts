import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { differencesOf } from './compare'
import { keepBooks, type Books } from './keepBooks'
import type { Address } from './movement'
import { PERIOD, SALES, SHARE, Simulation } from './simulation'

const ME: Address = '0xaAaAaAaaAaAaAaaAaAAAAAAAAaaaAaAaAaaAaaAa'
const PEOPLE: readonly [Address, Address, Address] = [ME, '0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB', '0xCcCCccCCCCCCCccccccCcCCCcCcCCCcCcccCCccC']

const person = fc.constantFrom(...PEOPLE)
const amount = fc.bigInt({ min: 0n, max: 300_000n })
const place = fc.nat({ max: 1 })
const step = fc.oneof(
  fc.record({ do: fc.constant('pass' as const), seconds: fc.bigInt({ min: 0n, max: PERIOD }) }),
  fc.record({ do: fc.constant('distribute' as const), amount: fc.bigInt({ min: 0n, max: 10n ** 12n }) }),
  fc.record({ do: fc.constant('transfer' as const), from: person, to: person, amount }),
  fc.record({ do: fc.constant('claim' as const), from: person, to: person }),
  fc.record({ do: fc.constant('open' as const), from: person, amount, minimum: fc.bigInt({ min: 1n, max: 400_000n }) }),
  fc.record({ do: fc.constant('buy' as const), from: person, amount, place }),
  fc.record({ do: fc.constantFrom('collect' as const, 'refund' as const, 'reclaim' as const), from: person, to: person, place }),
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

function play(steps: readonly Step[], face: bigint): Simulation {
  const world = new Simulation(1_790_000_000n, face, ME)
  for (const each of steps) {
    if (each.do === 'pass') world.pass(each.seconds)
    else if (each.do === 'distribute') world.distribute(each.amount)
    else if (each.do === 'transfer') world.transfer(each.from, each.to, each.amount)
    else if (each.do === 'claim') world.claim(each.from, each.to)
    else if (each.do === 'open') world.open(each.from, each.amount, each.minimum, 1_950_000n, world.time + PERIOD)
    else if (each.do === 'buy') world.buy(each.place, each.from, each.amount)
    else if (each.do === 'collect') world.collect(each.place, each.from, each.to)
    else if (each.do === 'refund') world.refund(each.place, each.from, each.to)
    else world.reclaim(each.place, each.to)
  }
  world.pass(1234n)
  return world
}

function booksOf(world: Simulation, account: Address): Books {
  return keepBooks({ account, end: { block: world.block, time: world.time }, saleContract: SALES, events: world.events })
}

function stateOf(world: Simulation, account: Address) {
  const bookings = world.sales.map(({ bookings: of }, index) => ({ saleId: BigInt(index + 1), ...(of.get(account) ?? { shares: 0n, paid: 0n }) }))
  return { shares: [{ share: SHARE, balance: world.balance(account), claimable: world.claimable(account) }], bookings }
}

const sum = (values: readonly bigint[]) => values.reduce((total, each) => total + each, 0n)
const worlds = fc.tuple(fc.array(step, { maxLength: 80, size: 'max' }), fc.bigInt({ min: 1_000_000n, max: 3_000_000n }))

describe('keepBooks', () => {
  test('of any past equals the chain to the unit, for everybody in it', () => {
    fc.assert(
      fc.property(worlds, ([steps, face]) => {
        const world = play(steps, face)
        for (const each of PEOPLE) {
          const books = booksOf(world, each)
          expect(books.faults).toEqual([])
          expect(differencesOf(books, stateOf(world, each))).toEqual([])
        }
      }),
      { numRuns: 200 },
    )
  })

  test('lines add up to what is left: shares, income and bookings', () => {
    fc.assert(
      fc.property(worlds, ([steps, face]) => {
        const world = play(steps, face)
        const { movements, positions, bookings } = booksOf(world, ME)
        expect(sum(movements.map(({ sharesIn, sharesOut }) => sharesIn - sharesOut))).toBe(sum(positions.map(({ account }) => account.balance)))
        expect(sum(movements.map(({ accrued, claimed }) => accrued - claimed))).toBe(sum(positions.map(({ claimable }) => claimable)))
        expect(sum(movements.map(({ bookedIn, bookedOut }) => bookedIn - bookedOut))).toBe(sum([...bookings.values()].map(({ shares }) => shares)))
        const last = movements.at(-1)
        if (last !== undefined) expect([last.balance, last.claimable]).toEqual([positions[0]?.account.balance, positions[0]?.claimable])
      }),
    )
  })

  test('that miss an event do not agree with the chain', () => {
    const world = play([{ do: 'pass', seconds: PERIOD }, { do: 'distribute', amount: 1_000_000n }, { do: 'pass', seconds: 2n * PERIOD }], 1_000_000n)
    const events = world.events.filter(({ name }) => name !== 'Distributed')
    const books = keepBooks({ account: ME, end: { block: world.block, time: world.time }, saleContract: SALES, events })
    expect(differencesOf(books, stateOf(world, ME))).toEqual([{ figure: 'claimable', of: SHARE, books: 0n, chain: 1_000_000n }])
  })

  test('that know nothing of a share or a booking the chain has do not agree with it', () => {
    const books = keepBooks({ account: ME, end: { block: 9n, time: 1_790_000_000n }, saleContract: SALES, events: [] })
    const state = { shares: [{ share: SHARE, balance: 1n, claimable: 2n }], bookings: [{ saleId: 3n, shares: 4n, paid: 0n }] }
    expect(differencesOf(books, state).map(({ figure, books: ours, chain }) => [figure, ours, chain])).toEqual([
      ['balance', 0n, 1n],
      ['claimable', 0n, 2n],
      ['bookedShares', 0n, 4n],
    ])
  })

  test('pair each delivery with its own purchase where one transaction has two of the same amount', () => {
    const [, seller] = PEOPLE
    const world = new Simulation(1_790_000_000n, 10_000_000n, seller)
    world.open(seller, 1_000n, 1n, 1_000_000n, world.time + PERIOD)
    world.open(seller, 1_000n, 1n, 3_000_000n, world.time + PERIOD)
    world.pass(10n)
    const before = world.events.length
    world.buy(0, ME, 5n)
    world.buy(1, ME, 5n)
    // Both purchases are told of before either is delivered, as a contract between might have it.
    const [first, ...rest] = world.events.slice(before)
    const told = [first, ...rest].filter((event) => event?.name === 'Bought')
    const moved = rest.filter(({ name }) => name === 'Transfer')
    const events = [...world.events.slice(0, before), ...told, ...moved].filter((event) => event !== undefined)
    const { movements, faults } = keepBooks({ account: ME, end: { block: world.block, time: world.time }, saleContract: SALES, events })
    expect(faults).toEqual([])
    expect(movements.map(({ saleId, paid }) => [saleId, paid]).sort()).toEqual([
      [1n, 5n],
      [2n, 15n],
    ])
  })

  test('know nothing of a transfer of no shares, or to oneself, for it moves nothing', () => {
    const world = new Simulation(1_790_000_000n, 1_000_000n, ME)
    world.pass(10n)
    const before = booksOf(world, ME).movements
    world.transfer(ME, PEOPLE[1], 0n)
    world.transfer(PEOPLE[1], ME, 0n)
    world.transfer(ME, ME, 5n)
    expect(world.events.filter(({ name }) => name === 'Transfer').length).toBeGreaterThan(3)
    expect(booksOf(world, ME).movements).toEqual(before)
  })

  test('say that a claim is not what the events make of it', () => {
    const world = play([{ do: 'pass', seconds: PERIOD }, { do: 'distribute', amount: 900n }, { do: 'pass', seconds: 2n * PERIOD }, { do: 'claim', from: ME, to: ME }], 1_000_000n)
    const events = world.events.filter(({ name }) => name !== 'Distributed')
    const { faults } = keepBooks({ account: ME, end: { block: world.block, time: world.time }, saleContract: SALES, events })
    expect(faults).toEqual([{ code: 'claimDiffers', share: SHARE, block: 3n, said: 900n, worked: 0n }])
  })

  test('say what each line was: bought, booked, collected, offered, reclaimed, received', () => {
    const [, seller, friend] = PEOPLE
    const world = new Simulation(1_790_000_000n, 10_000_000n, seller)
    world.open(seller, 5_000_000n, 2_000_000n, 1_950_000n, world.time + PERIOD)
    world.pass(10n)
    world.buy(0, ME, 1_000_000n)
    world.pass(10n)
    world.buy(0, friend, 1_500_000n)
    world.pass(10n)
    world.collect(0, ME, ME)
    world.buy(0, ME, 3n)
    world.pass(10n)
    world.transfer(ME, friend, 3n)
    world.transfer(friend, ME, 1n)
    world.pass(PERIOD)
    world.reclaim(0, seller)
    const kinds = (account: Address) => booksOf(world, account).movements.map(({ kind, sharesIn, sharesOut, paid }) => [kind, sharesIn - sharesOut, paid])
    expect(kinds(ME)).toEqual([
      ['booked', 0n, 1_950_000n],
      ['collected', 1_000_000n, 0n],
      ['bought', 3n, 6n],
      ['sent', -3n, 0n],
      ['received', 1n, 0n],
    ])
    expect(kinds(seller)).toEqual([
      ['issued', 10_000_000n, 0n],
      ['offered', -5_000_000n, 0n],
      ['reclaimed', 2_499_997n, 0n],
    ])
  })
})
