import type { Token } from '../../chain/read/tokens'
import type { Projected } from './projection'

/** What one share earns its holder, as far as it is known. */
export interface Earning {
  readonly token: Token | null
  readonly claimable: bigint
  /** In their order; see projectedClaims. */
  readonly projected: readonly Projected[]
}

/** All shares that earn in one currency. Smallest units of it. */
export interface Total {
  readonly token: Token | null
  readonly claimable: bigint
  /** What comes besides until `until`, the end of the last flow; null where nothing streams. */
  readonly coming: { readonly amount: bigint; readonly until: bigint } | null
}

/** One total a currency, in the order the currencies come. */
export function totalsOf(earnings: readonly Earning[]): Total[] {
  const totals = new Map<string, Total>()
  for (const { token, claimable, projected } of earnings) {
    const key = token?.address.toLowerCase() ?? ''
    const before = totals.get(key) ?? { token, claimable: 0n, coming: null }
    totals.set(key, { token, claimable: before.claimable + claimable, coming: added(before.coming, projected.at(-1)) })
  }
  return [...totals.values()]
}

function added(before: Total['coming'], last: Projected | undefined): Total['coming'] {
  if (last === undefined) return before
  const { amount, until } = before ?? { amount: 0n, until: 0n }
  return { amount: amount + last.added, until: last.at > until ? last.at : until }
}
