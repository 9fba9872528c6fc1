import type { Oracle } from '../../chain/read/oracle'

/** The grid of epochs; genesis is on it, so its times are the multiples of L. */
export type Grid = Pick<Oracle, 'genesis' | 'epochLength'>

/** CapacityLease.MAX_LEAD, seconds. */
export const MAX_LEAD = 30n * 86_400n
/** What is left between quoting and the block that opens the lease, seconds: the person reads, the wallet asks, a block comes. */
export const MARGIN = 180n

/** The first and the last start that can be asked for at `now`, Unix seconds, both epoch boundaries: at least two epochs and `MARGIN`, at most 30 days ahead. */
export function startsAt(now: bigint, { genesis, epochLength }: Grid): { readonly first: bigint; readonly last: bigint } {
  const least = now + 2n * epochLength + MARGIN
  const begins = genesis + epochLength
  const first = boundaryAfter(least > begins ? least : begins, epochLength)
  const last = now + MAX_LEAD
  return { first, last: last - (last % epochLength) }
}

/** `time` if it is an epoch boundary, else the next one. */
export function boundaryAfter(time: bigint, epochLength: bigint): bigint {
  const past = time % epochLength
  return past === 0n ? time : time - past + epochLength
}

/** What a date-time field holds, taken as UTC, in Unix seconds; null if it is no time, or one that JavaScript's calendar does not have. */
export function fromField(text: string): bigint | null {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?$/.test(text)) return null
  const at = Date.parse(`${text}Z`)
  return Number.isNaN(at) || at < 0 ? null : BigInt(at) / 1000n
}

/** A moment as a date-time field wants it, in UTC and whole minutes; empty beyond its calendar. */
export function toField(time: bigint): string {
  const at = Number(time) * 1000
  return time < 0n || at > 253_402_300_799_000 ? '' : new Date(at).toISOString().slice(0, 16)
}
