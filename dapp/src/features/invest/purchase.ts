import { MAX_UINT96 } from '../../domain/limits'
import { costUp, type Price } from './price'

/** Why a purchase would be refused, or could not be paid. Amounts in smallest units. */
export type PurchaseProblem =
  | { readonly code: 'nothing' }
  | { readonly code: 'notEnoughLeft'; readonly left: bigint }
  | { readonly code: 'balanceTooSmall'; readonly balance: bigint; readonly cost: bigint }

/** What is bought and what it costs at most, which is what it costs: the price is fixed, and rounding is the contract's. */
export interface Purchase {
  readonly shares: bigint
  readonly cost: bigint
}

/** The purchase of `shares`, and what is wrong with it. `balance` null: not known, not judged. */
export function purchaseOf(
  shares: bigint,
  sale: Price & { readonly left: bigint },
  balance: bigint | null,
): { readonly purchase: Purchase; readonly problem: PurchaseProblem | null } {
  const cost = costUp(shares, sale)
  return { purchase: { shares, cost }, problem: problemOf(shares, cost, sale.left, balance) }
}

function problemOf(shares: bigint, cost: bigint, left: bigint, balance: bigint | null): PurchaseProblem | null {
  if (shares === 0n) return { code: 'nothing' }
  if (shares > left || cost > MAX_UINT96) return { code: 'notEnoughLeft', left }
  return balance !== null && cost > balance ? { code: 'balanceTooSmall', balance, cost } : null
}
