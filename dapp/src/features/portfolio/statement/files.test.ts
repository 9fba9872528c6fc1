import { describe, expect, test } from 'vitest'
import { statementCsv, statementJson } from './files'
import { keepBooks } from './keepBooks'
import { SALES, SHARE, Simulation, PERIOD } from './simulation'
import { verdictOf, type Account } from './statement'

const ME = '0xaAaAaAaaAaAaAaaAaAAAAAAAAaaaAaAaAaaAaaAa'
const TOKEN = { address: '0x7000000000000000000000000000000000000009', name: 'Dollar', symbol: '=HYPERLINK("x")', decimals: 6 } as const

function account(change: (world: Simulation) => void = () => undefined): Account {
  const world = new Simulation(1_790_000_000n, 1_000_000n, ME)
  world.pass(PERIOD)
  world.distribute(900n)
  world.pass(2n * PERIOD)
  world.claim(ME, ME)
  world.open(ME, 400_000n, 300_000n, 1_000_000n, world.time + PERIOD)
  world.pass(1n)
  world.buy(0, ME, 7n)
  const books = keepBooks({ account: ME, end: { block: world.block, time: world.time }, saleContract: SALES, events: world.events })
  change(world)
  return {
    chainId: 31337,
    books,
    blockHash: `0x${'ab'.repeat(32)}`,
    state: {
      shares: [{ share: SHARE, balance: world.balance(ME), claimable: world.claimable(ME) }],
      bookings: [{ saleId: 1n, shares: 7n, paid: 7n }],
    },
    naming: [{ share: SHARE, symbol: '@cmd', decimals: 6, token: TOKEN }],
    source: 'logs',
  }
}

function agreed(of: Account) {
  const verdict = verdictOf(of)
  if (!verdict.agrees) throw new Error(JSON.stringify(verdict.differences, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)))
  return verdict.statement
}

describe('a statement', () => {
  test('as CSV has a line for every movement, closing and booking, in smallest units', () => {
    const text = statementCsv(agreed(account()))
    const lines = text.replace('\ufeff', '').trimEnd().split('\r\n')
    const column = (name: string) => lines[0]?.split(',').indexOf(name) ?? -1
    const cells = lines.slice(1).map((line) => line.split(','))
    expect(cells.map((row) => [row[column('line')], row[column('kind')]])).toEqual([
      ['movement', 'issued'],
      ['movement', 'accrued'],
      ['movement', 'claimed'],
      ['movement', 'offered'],
      ['movement', 'booked'],
      ['closing', 'closing'],
      ['booking', 'booking'],
    ])
    expect(cells[2]?.[column('share_decimals')]).toBe('6')
    expect(cells[2]?.[column('currency_decimals')]).toBe('6')
    expect(cells[2]?.slice(-6)).toEqual(['0', '900', '0', '0', '1000000', '0'])
    expect(cells[5]?.slice(column('share_balance_after'))).toEqual(['600000', '0'])
  })

  test('makes what strangers wrote safe for a spreadsheet', () => {
    const text = statementCsv(agreed(account()))
    expect(text).toContain(`"'=HYPERLINK(""x"")"`)
    expect(text).toContain(`,'@cmd,`)
    expect(text).not.toMatch(/(^|,)[=+\-@]/m)
  })

  test('as JSON has every amount as digits, and says that it agrees', () => {
    const read: unknown = JSON.parse(statementJson(agreed(account())))
    expect(read).toMatchObject({
      agreesWithChain: true,
      asOf: { block: '4' },
      shares: [{ decimals: 6, closing: { balance: '600000', claimable: '0' } }],
      bookings: [{ saleId: '1', shares: '7', paid: '7' }],
    })
  })

  test('is none where the chain says one unit else', () => {
    const other = account((world) => world.transfer(ME, SALES, 1n))
    expect(verdictOf(other)).toEqual({ agrees: false, faults: [], differences: [{ figure: 'balance', of: SHARE, books: 600_000n, chain: 599_999n }] })
  })
})
