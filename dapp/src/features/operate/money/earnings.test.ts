import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ChainEvent } from '../../../chain/history/events'
import { earningsOf } from './earnings'

const OWN = '0x00000000000000000000000000000000000000aA' as const
const OTHER = '0x00000000000000000000000000000000000000bB' as const
const TX = `0x${'0'.repeat(64)}` as const

function place(at: number, address: `0x${string}`) {
  return { address, block: BigInt(at), time: BigInt(1_000 + at), tx: TX, logIndex: 0 }
}

function distributed(at: number, energy: bigint, fee: bigint, address: `0x${string}` = OWN): ChainEvent {
  const args = { period: BigInt(at), rent: 100n, energyWh: 5n, fees: [1n, 2n, energy, fee] as const, reserveIn: 0n, reserveOut: 0n, incomes: [], arrears: [] }
  return { contract: 'RevenueWaterfall', name: 'Distributed', ...place(at, address), args }
}

function paid(at: number, amount: bigint, payee = 2n, address: `0x${string}` = OWN): ChainEvent {
  return { contract: 'RevenueWaterfall', name: 'FeePaid', ...place(at, address), args: { payee, to: OTHER, amount } }
}

/** The contract in short: each distribution credits, a claim takes all there is. */
const steps = fc.array(fc.oneof(fc.record({ energy: fc.bigInt(0n, 50n), fee: fc.bigInt(0n, 50n) }), fc.constant('claim' as const)), { maxLength: 30 })

describe('an operator’s earnings', () => {
  it('are what was credited, less what was claimed, whatever the order', () => {
    fc.assert(
      fc.property(steps, (all) => {
        let held = 0n
        let claimed = 0n
        const events: ChainEvent[] = []
        for (const [at, step] of all.entries()) {
          if (step !== 'claim') {
            held += step.energy + step.fee
            events.push(distributed(at, step.energy, step.fee), distributed(at, 1n, 1n, OTHER))
          } else if (held > 0n) {
            events.push(paid(at, held), paid(at, 9n, 0n), paid(at, 9n, 2n, OTHER))
            claimed += held
            held = 0n
          }
        }
        const earnings = earningsOf(events, OWN.toLowerCase())
        expect(earnings.claimable.energy + earnings.claimable.fee).toBe(held)
        expect(earnings.claimed).toBe(claimed)
        expect(earnings.distributed).toBe(100n * BigInt(earnings.periods.length))
        const open = earnings.periods.filter((period) => !period.claimed)
        expect(open.reduce((sum, { energy, fee }) => sum + energy + fee, 0n)).toBe(held)
      }),
    )
  })

  it('take energy and fee from their own places', () => {
    const { claimable, periods } = earningsOf([distributed(1, 30n, 4n), paid(2, 34n), distributed(3, 7n, 8n)], OWN)
    expect(claimable).toEqual({ energy: 7n, fee: 8n })
    expect(periods.map(({ claimed }) => claimed)).toEqual([true, false])
  })
})
