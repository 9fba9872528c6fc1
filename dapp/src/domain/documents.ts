import type { ChainEvent } from '../chain/history/events'
import { isEvent } from '../chain/history/events'

/** A document as its operator published it: `name` and `uri` are a stranger's words, `hash` is the keccak256 of its bytes. */
export interface FleetDocument {
  readonly name: string
  readonly uri: string
  readonly hash: `0x${string}`
  /** When, Unix seconds. */
  readonly time: bigint
  readonly tx: `0x${string}`
  /** How many of the same name there were before it. */
  readonly replaced: number
}

/** One published inventory: the root over `count` GPUs. */
export interface InventoryVersion {
  readonly version: bigint
  readonly root: `0x${string}`
  readonly count: bigint
  readonly time: bigint
  readonly tx: `0x${string}`
}

/** The documents in force, by the name they were first published under: the newest of each name counts. `events` ascend and are of one fleet. */
export function documentsOf(events: readonly ChainEvent[]): FleetDocument[] {
  const byName = new Map<string, FleetDocument>()
  for (const { args, time, tx } of events.filter(isEvent('FleetRegistry', 'DocumentSet'))) {
    const { name, uri, hash } = args
    const before = byName.get(name)
    byName.set(name, { name, uri, hash, time, tx, replaced: before === undefined ? 0 : before.replaced + 1 })
  }
  return [...byName.values()]
}

/** Every inventory published, newest first. */
export function inventoriesOf(events: readonly ChainEvent[]): InventoryVersion[] {
  const published = events.filter(isEvent('FleetRegistry', 'InventoryPublished'))
  return published.map(({ args: { version, root, count }, time, tx }) => ({ version, root, count, time, tx })).reverse()
}
