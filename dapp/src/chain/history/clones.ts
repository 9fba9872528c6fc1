import type { Address } from 'viem'
import type { EventContract } from './contracts'
import type { ChainEvent } from './events'
import { isEvent } from './events'

/** The waterfalls and shares that RevenueFactory has made: clones, which no configuration names. */
export interface Clones {
  readonly waterfalls: readonly Address[]
  readonly shares: readonly Address[]
  /** The fleet that an address is a clone of; undefined for any other. */
  fleetOf(address: Address): bigint | undefined
}

/** Which contracts are clones. */
export const CLONED: readonly EventContract[] = ['RevenueWaterfall', 'FleetShare']

/** The clones that some events tell of. */
export function clonesOf(events: readonly ChainEvent[]): Clones {
  const created = events.filter(isEvent('RevenueFactory', 'RevenueCreated'))
  const fleets = new Map<string, bigint>()
  for (const { args } of created) {
    for (const address of [args.waterfall, ...args.shares]) fleets.set(address.toLowerCase(), args.fleetId)
  }
  return {
    waterfalls: created.map(({ args }) => args.waterfall),
    shares: created.flatMap(({ args }) => args.shares),
    fleetOf: (address) => fleets.get(address.toLowerCase()),
  }
}
