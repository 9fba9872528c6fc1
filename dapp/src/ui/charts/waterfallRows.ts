/** One bar of a waterfall: where it begins and ends as shares of all that came in, and what is left after it. */
export interface WaterfallRow<Item> {
  readonly item: Item
  readonly kind: 'income' | 'step'
  /** Drawn from `low` to `high`, both 0 to 1. */
  readonly low: number
  readonly high: number
  /** In smallest units, exact; below zero if the steps take more than came in. */
  readonly left: bigint
}

const PARTS = 1_000_000n

/** Income piles up from zero, each step takes from the top. Amounts stay exact; only the drawn shares are numbers, clamped to the picture. */
export function waterfallRows<Item extends { readonly amount: bigint }>(income: readonly Item[], steps: readonly Item[]): WaterfallRow<Item>[] {
  const total = income.reduce((sum, { amount }) => sum + amount, 0n)
  const share = (amount: bigint): number => (total > 0n ? Math.min(1, Math.max(0, Number((amount * PARTS) / total) / Number(PARTS))) : 0)
  let level = 0n
  const rise = income.map((item): WaterfallRow<Item> => {
    const from = level
    level += item.amount
    return { item, kind: 'income', low: share(from), high: share(level), left: level }
  })
  const fall = steps.map((item): WaterfallRow<Item> => {
    const from = level
    level -= item.amount
    return { item, kind: 'step', low: share(level), high: share(from), left: level }
  })
  return [...rise, ...fall]
}
