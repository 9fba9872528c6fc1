import type { Slot } from './slots'

/** Busy shares of the capacity, 0 to 1; null, a gap, where more than half of it is missing or nothing is known: that is not the same as idle. */
export function busyShares(slots: readonly Slot[]): (number | null)[] {
  return slots.map(({ busy, capacity, missing }) => (missing * 2n >= capacity ? null : Number(busy) / Number(capacity)))
}

/** Delivered shares of the capacity, 0 to 1; null where the node knows nothing. */
export function deliveredShares(slots: readonly Slot[]): (number | null)[] {
  return slots.map(({ delivered, capacity }) => (capacity === 0n ? null : Number(delivered) / Number(capacity)))
}
