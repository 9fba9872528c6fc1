import type { Distribution } from '../money/distributions'

/** Who is paid at a step. A coupon names its tranche, counted from 0 at the most senior. */
export type Payee =
  | { readonly kind: 'protocol' | 'oracle' | 'energy' | 'operator' | 'reserve' | 'equity' }
  | { readonly kind: 'coupon'; readonly tranche: number }

export interface Step {
  readonly payee: Payee
  /** Smallest units of the currency. */
  readonly amount: bigint
  /** Of a coupon: what stays unpaid after this distribution. */
  readonly arrears: bigint
}

/** A distribution as money that came in and went out; both sides are equal. */
export interface Flow {
  readonly rent: bigint
  /** What the reserve gave: for a coupon's shortfall, or once the fleet was wound up. */
  readonly reserveOut: bigint
  /** In the order of payment (RevenueWaterfall.distribute): fees, coupons, reserve, equity. */
  readonly steps: readonly Step[]
}

export function flowOf({ rent, reserveOut, reserveIn, fees, incomes, arrears }: Distribution): Flow {
  const last = incomes.length - 1
  const step = (payee: Payee, amount: bigint, unpaid = 0n): Step => ({ payee, amount, arrears: unpaid })
  return {
    rent,
    reserveOut,
    steps: [
      step({ kind: 'protocol' }, fees.protocol),
      step({ kind: 'oracle' }, fees.oracle),
      step({ kind: 'energy' }, fees.energy),
      step({ kind: 'operator' }, fees.operator),
      ...incomes.slice(0, -1).map((income, tranche) => step({ kind: 'coupon', tranche }, income, arrears[tranche] ?? 0n)),
      step({ kind: 'reserve' }, reserveIn),
      ...(last < 0 ? [] : [step({ kind: 'equity' }, incomes[last] ?? 0n)]),
    ],
  }
}
