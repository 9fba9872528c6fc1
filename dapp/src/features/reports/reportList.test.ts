import { describe, expect, it } from 'vitest'
import type { ChainEvent, EventOf } from '../../chain/history/events'
import { reportRows, signersOf } from './reportList'

const DISPUTE = 100n
const ROOT = `0x${'ab'.repeat(32)}` as const

function reported(epoch: bigint, baseEpoch: bigint, at: bigint): ChainEvent {
  const event: EventOf<'MeterOracle', 'Reported'> = {
    contract: 'MeterOracle',
    name: 'Reported',
    address: `0x${'11'.repeat(20)}`,
    block: at,
    time: at,
    tx: `0x${epoch.toString(16).padStart(64, '0')}`,
    logIndex: 0,
    args: { epoch, baseEpoch, configDigest: ROOT, root: ROOT, setHash: ROOT, leafCount: 3n, signers: 0b1011n },
  }
  return event
}

function dropped(epoch: bigint, baseEpoch: bigint, at: bigint): ChainEvent {
  const event: EventOf<'MeterOracle', 'Dropped'> = {
    contract: 'MeterOracle',
    name: 'Dropped',
    address: `0x${'11'.repeat(20)}`,
    block: at,
    time: at,
    tx: ROOT,
    logIndex: 0,
    args: { epoch, baseEpoch },
  }
  return event
}

function statesAt(events: readonly ChainEvent[], now: bigint): string {
  return reportRows(events, DISPUTE, now)
    .map(({ epoch, state }) => `${epoch} ${state}`)
    .join(', ')
}

describe('the list of reports', () => {
  it('is newest first, and a report is final once its dispute window is over', () => {
    const events = [reported(1n, 0n, 1000n), reported(2n, 1n, 1050n)]
    expect(statesAt(events, 1099n)).toBe('2 standing, 1 standing')
    expect(statesAt(events, 1100n)).toBe('2 standing, 1 final')
    expect(statesAt(events, 1150n)).toBe('2 final, 1 final')
  })

  it('takes away a dropped report and all built on it, but not what is posted after', () => {
    const events = [reported(1n, 0n, 1000n), reported(2n, 1n, 1010n), reported(3n, 2n, 1020n), dropped(2n, 1n, 1030n), reported(4n, 1n, 1040n)]
    expect(statesAt(events, 2000n)).toBe('4 final, 3 dropped, 2 dropped, 1 final')
  })

  it('names the nodes whose bits are set', () => {
    expect(signersOf(0n)).toEqual([])
    expect(signersOf(0b1011n)).toEqual([0, 1, 3])
    expect(signersOf(1n << 30n)).toEqual([30])
  })
})
