/**
 * Where a sale stands. `open`: can be bought, minimum not reached; `openSuccessful`: can be bought, and is delivered at once; `soldOut`: all sold before its
 * end; `succeeded` and `failed`: it has ended; `takenBack`: the seller has all shares again, and nobody ever bought any.
 */
export type SaleState = 'open' | 'openSuccessful' | 'soldOut' | 'succeeded' | 'failed' | 'takenBack'

interface Terms {
  readonly successful: boolean
  readonly sold: bigint
  readonly left: bigint
  readonly end: bigint
  readonly reclaimed: boolean
}

/** The state at `now`, the chain's time in Unix seconds. */
export function saleStateOf({ successful, sold, left, end, reclaimed }: Terms, now: bigint): SaleState {
  if (reclaimed && sold === 0n) return 'takenBack'
  if (now >= end) return successful ? 'succeeded' : 'failed'
  if (!successful) return 'open'
  return left === 0n ? 'soldOut' : 'openSuccessful'
}

/** The shares that the seller has in the sale and no buyer, and whether he can take them back now: once it has ended, and while nothing is sold. */
export function reclaimable({ successful, sold, left, end, reclaimed }: Terms, now: bigint): { readonly unsold: bigint; readonly now: boolean } {
  const unsold = reclaimed ? 0n : successful ? left : sold + left
  return { unsold, now: unsold > 0n && (now >= end || sold === 0n) }
}

/** Whether shares can be bought now. */
export function isOpen({ end, left, reclaimed }: Pick<Terms, 'end' | 'left' | 'reclaimed'>, now: bigint): boolean {
  return now < end && left > 0n && !reclaimed
}
