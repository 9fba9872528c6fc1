/**
 * IRevenueWaterfall.streamOf: `base` had streamed before period k, `streaming` streams over k and `pending` over k + 1, where k is the period of the last
 * distribution. Smallest units of the currency.
 */
export interface StreamState {
  readonly base: bigint
  readonly streaming: bigint
  readonly pending: bigint
  readonly period: bigint
}

/** `RevenueWaterfall.streamed` at a moment (Unix seconds) not before the last distribution, if there is no other until then. `length` is P, seconds. */
export function streamedAt(stream: StreamState, length: bigint, time: bigint): bigint {
  const period = time / length
  const passed = time % length
  if (period <= stream.period) return stream.base + (stream.streaming * passed) / length
  const before = stream.base + stream.streaming
  return period === stream.period + 1n ? before + (stream.pending * passed) / length : before + stream.pending
}

/** A stretch of time over which an amount flows to a tranche evenly. */
export interface Flow {
  /** Unix seconds, `until` excluded. */
  readonly from: bigint
  readonly until: bigint
  /** Smallest units over the whole stretch. */
  readonly amount: bigint
}

/** What is distributed already and has not wholly streamed at `time`, in its order: none, one or two flows. */
export function flowsAfter(stream: StreamState, length: bigint, time: bigint): Flow[] {
  const all = [
    { period: stream.period, amount: stream.streaming },
    { period: stream.period + 1n, amount: stream.pending },
  ]
  return all
    .map(({ period, amount }) => ({ from: period * length, until: (period + 1n) * length, amount }))
    .filter(({ until, amount }) => until > time && amount > 0n)
}
