import type { ChainEvent, EventOf } from '../../../chain/history/events'
import type { Distribution } from './distributions'

/** Addresses of the tests' one waterfall and its shares. */
export const WATERFALL = '0x00000000000000000000000000000000000000Aa'
export const SHARES = ['0x00000000000000000000000000000000000000b0', '0x00000000000000000000000000000000000000B1'] as const
const OTHER = '0x00000000000000000000000000000000000000cc'
const TX = `0x${'1'.repeat(64)}` as const

/** Where an event of the tests stands. */
function at(address: `0x${string}`, block: bigint, time: bigint) {
  return { address, block, time, tx: TX, logIndex: 0 }
}

export function created(time: bigint): EventOf<'RevenueFactory', 'RevenueCreated'> {
  const terms = {
    fleetId: 1n,
    currency: OTHER,
    period: 604_800n,
    protocolFeeBps: 100n,
    oracleFeeBps: 50n,
    operatorFeeBps: 500n,
    energyCapBps: 3000n,
    tariffPerKWh: 85_000n,
    reserveTarget: 2_000_000n,
    protocolTreasury: OTHER,
    oracleTreasury: OTHER,
  } as const
  const tranches = [{ face: 150_000_000_000n, couponBps: 850n }, { face: 90_000_000_000n, couponBps: 0n }]
  const args = { fleetId: 1n, waterfall: WATERFALL, shares: SHARES, terms, tranches, holder: OTHER } as const
  return { contract: 'RevenueFactory', name: 'RevenueCreated', ...at(OTHER, 5n, time), args }
}

export type DistributedArgs = EventOf<'RevenueWaterfall', 'Distributed'>['args']

export function distributed(block: bigint, time: bigint, args: DistributedArgs, address: `0x${string}` = WATERFALL): ChainEvent {
  return { contract: 'RevenueWaterfall', name: 'Distributed', ...at(address, block, time), args }
}

export function claimed(share: `0x${string}`, block: bigint, amount: bigint): ChainEvent {
  return { contract: 'FleetShare', name: 'IncomeClaimed', ...at(share, block, 0n), args: { holder: OTHER, to: OTHER, amount } }
}

/** A distribution with what a test is about; all else is nothing. */
export function distribution(part: Partial<Distribution>): Distribution {
  const none = { protocol: 0n, oracle: 0n, energy: 0n, operator: 0n }
  return { period: 0n, from: 0n, time: 0n, block: 0n, tx: TX, rent: 0n, energyWh: 0n, fees: none, reserveIn: 0n, reserveOut: 0n, incomes: [], arrears: [], ...part }
}
