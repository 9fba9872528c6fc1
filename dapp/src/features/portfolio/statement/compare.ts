import type { Books } from './keepBooks'
import { keyOf } from './facts'
import type { Address } from './movement'

/** What the chain's state says at the books' closing block: zero is what is missing. */
export interface State {
  readonly shares: readonly { readonly share: Address; readonly balance: bigint; readonly claimable: bigint }[]
  readonly bookings: readonly { readonly saleId: bigint; readonly shares: bigint; readonly paid: bigint }[]
}

/** One figure on which books and chain do not agree. */
export interface Difference {
  readonly figure: 'balance' | 'claimable' | 'bookedShares' | 'bookedPaid'
  /** The share's address, or the sale's id. */
  readonly of: Address | bigint
  readonly books: bigint
  readonly chain: bigint
}

/** Every figure that differs, to the unit; none is what makes books a statement. What either side alone knows of counts too. */
export function differencesOf(books: Books, state: State): Difference[] {
  const kept = new Map(books.positions.map((each) => [keyOf(each.share.share), { share: each.share.share, balance: each.account.balance, claimable: each.claimable }]))
  const read = new Map(state.shares.map((each) => [keyOf(each.share), each]))
  const shares = [...new Set([...kept.keys(), ...read.keys()])].flatMap((key): Difference[] => {
    const [ours, theirs] = [kept.get(key), read.get(key)]
    const share = ours?.share ?? theirs?.share
    if (share === undefined) return []
    return [
      { figure: 'balance', of: share, books: ours?.balance ?? 0n, chain: theirs?.balance ?? 0n },
      { figure: 'claimable', of: share, books: ours?.claimable ?? 0n, chain: theirs?.claimable ?? 0n },
    ]
  })
  const booked = new Map(state.bookings.map((each) => [each.saleId, each]))
  const sales = [...new Set([...books.bookings.keys(), ...booked.keys()])].flatMap((saleId): Difference[] => {
    const [ours, theirs] = [books.bookings.get(saleId), booked.get(saleId)]
    return [
      { figure: 'bookedShares', of: saleId, books: ours?.shares ?? 0n, chain: theirs?.shares ?? 0n },
      { figure: 'bookedPaid', of: saleId, books: ours?.paid ?? 0n, chain: theirs?.paid ?? 0n },
    ]
  })
  return [...shares, ...sales].filter(({ books: ours, chain }) => ours !== chain)
}
