/** What a tranche got in one distribution: its period k and the amount, which streams over k + 1. */
export interface Distribution {
  readonly period: bigint
  readonly amount: bigint
}

/**
 * `RevenueWaterfall.streamed` at a moment (Unix seconds), from every distribution so far: those of periods before the last have streamed, the last
 * period's streams, rounded down, this period's waits. `length` is P, seconds.
 */
export function streamedFrom(distributions: readonly Distribution[], length: bigint, time: bigint): bigint {
  const period = time / length
  return distributions.reduce((sum, each) => {
    if (each.period >= period) return sum
    return sum + (each.period === period - 1n ? (each.amount * (time % length)) / length : each.amount)
  }, 0n)
}
