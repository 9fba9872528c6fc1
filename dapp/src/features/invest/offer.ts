import { MAX_UINT96 } from '../../domain/limits'
import { costUp } from './price'

const DAY = 86_400n
/** `PrimarySale.MAX_DURATION`, in days. */
export const MAX_DAYS = 366n

/** What a seller has typed; null where it is no amount yet. Shares in smallest units, price for one whole share. */
export interface OfferDraft {
  readonly price: bigint | null
  readonly cap: bigint | null
  readonly minimum: bigint | null
  readonly days: bigint | null
}

/** IPrimarySale.Offer. */
export interface Offer {
  readonly fleetId: bigint
  readonly tranche: number
  readonly price: bigint
  readonly cap: bigint
  readonly minimum: bigint
  /** Unix seconds. */
  readonly end: bigint
}

export type OfferField = 'price' | 'cap' | 'minimum' | 'days'
export type OfferProblem = 'zero' | 'aboveBalance' | 'aboveCap' | 'tooLong' | 'tooLarge'
export type OfferProblems = Partial<Readonly<Record<OfferField, OfferProblem>>>

/** What PrimarySale.open would refuse in a draft, by field. Fields that are still empty have no problem, and make no offer. */
export function offerProblems({ price, cap, minimum, days }: OfferDraft, balance: bigint, decimals: number): OfferProblems {
  // Each of at most `cap` purchases is rounded up by less than one smallest unit.
  const value = price !== null && cap !== null ? costUp(cap, { price, decimals }) + cap : 0n
  return {
    ...found('price', price === 0n ? 'zero' : value > MAX_UINT96 ? 'tooLarge' : null),
    ...found('cap', cap === 0n ? 'zero' : cap !== null && cap > balance ? 'aboveBalance' : null),
    ...found('minimum', minimum === 0n ? 'zero' : minimum !== null && cap !== null && minimum > cap ? 'aboveCap' : null),
    ...found('days', days === 0n ? 'zero' : days !== null && days > MAX_DAYS ? 'tooLong' : null),
  }
}

/** The offer of a draft without problems that is whole; null otherwise. `now` is the chain's time. */
export function offerOf(draft: OfferDraft, place: { readonly fleetId: bigint; readonly tranche: number }, balance: bigint, decimals: number, now: bigint): Offer | null {
  const { price, cap, minimum, days } = draft
  if (price === null || cap === null || minimum === null || days === null) return null
  if (Object.keys(offerProblems(draft, balance, decimals)).length > 0) return null
  return { ...place, price, cap, minimum, end: now + days * DAY }
}

function found(field: OfferField, problem: OfferProblem | null): OfferProblems {
  return problem === null ? {} : { [field]: problem }
}
