import type { ChainEvent } from '../../../chain/history/events'
import { EMPTY_ACCOUNT, claimableAt, touched, type ShareAccount } from '../shareAccount'
import { streamedFrom } from './distributed'
import { keyOf, type Moment, type Registers } from './facts'
import type { Address, Movement, MovementKind, ShareOf } from './movement'

/** What is left of the account's bookings in a sale. */
export interface Booked {
  readonly shares: bigint
  readonly paid: bigint
}

/** Why the events alone do not make good books: some are missing, or a source made them up. */
export type BooksFault =
  | { readonly code: 'claimDiffers'; readonly share: Address; readonly block: bigint; readonly said: bigint; readonly worked: bigint }
  | { readonly code: 'belowZero'; readonly share: Address; readonly block: bigint }
  | { readonly code: 'unknownShare'; readonly share: Address; readonly block: bigint }
  | { readonly code: 'unknownSale'; readonly saleId: bigint; readonly block: bigint }
  | { readonly code: 'notDelivered'; readonly saleId: bigint; readonly block: bigint }

/** Where something happened. */
export interface Place extends Moment {
  readonly tx: `0x${string}` | null
  readonly logIndex: number | null
}

type Amounts = 'sharesIn' | 'sharesOut' | 'bookedIn' | 'bookedOut' | 'accrued' | 'claimed' | 'paid' | 'received'
type Entry = Partial<Pick<Movement, Amounts | 'saleId' | 'other'>>

const NOTHING: Pick<Movement, Amounts> = {
  sharesIn: 0n,
  sharesOut: 0n,
  bookedIn: 0n,
  bookedOut: 0n,
  accrued: 0n,
  claimed: 0n,
  paid: 0n,
  received: 0n,
}

/** Books being kept: one account's shares and bookings, line by line. */
export class Ledger {
  readonly movements: Movement[] = []
  readonly faults: BooksFault[] = []
  readonly accounts = new Map<string, ShareAccount>()
  readonly bookings = new Map<bigint, Booked>()

  constructor(private readonly registers: Registers) {}

  /** The share at an address; a fault and null where no fleet has it. */
  shareAt(share: Address, block: bigint): ShareOf | null {
    const found = this.registers.shares.get(keyOf(share))
    if (found !== undefined) return found
    this.faults.push({ code: 'unknownShare', share, block })
    return null
  }

  streamed(share: ShareOf, time: bigint): bigint {
    return streamedFrom(this.registers.distributions.get(keyOf(share.share)) ?? [], share.period, time)
  }

  accountOf(share: ShareOf): ShareAccount {
    return this.accounts.get(keyOf(share.share)) ?? EMPTY_ACCOUNT
  }

  /** Touches the account as the token does, with a line for what accrued since the last time, and sets its balance. */
  touch(share: ShareOf, place: Place, balance: bigint): void {
    const before = this.accountOf(share)
    const after = touched(before, this.streamed(share, place.time), share.face, balance < 0n ? 0n : balance)
    if (balance < 0n) this.faults.push({ code: 'belowZero', share: share.share, block: place.block })
    const accrued = after.credited - before.credited
    this.accounts.set(keyOf(share.share), { ...after, balance: before.balance })
    if (accrued > 0n) this.write('accrued', share, place, { accrued })
    this.accounts.set(keyOf(share.share), after)
  }

  /** Pays all that is credited out; the account was touched just before. */
  payOut(share: ShareOf): bigint {
    const account = this.accountOf(share)
    this.accounts.set(keyOf(share.share), { ...account, credited: 0n })
    return account.credited
  }

  book(saleId: bigint, shares: bigint, paid: bigint): void {
    const before = this.bookings.get(saleId) ?? { shares: 0n, paid: 0n }
    this.bookings.set(saleId, { shares: before.shares + shares, paid: before.paid + paid })
  }

  /** Ends a booking, and says what it was. */
  unbook(saleId: bigint): Booked {
    const before = this.bookings.get(saleId) ?? { shares: 0n, paid: 0n }
    this.bookings.delete(saleId)
    return before
  }

  /** A line; balance and claimable are the account's as it is now. */
  write(kind: MovementKind, share: ShareOf, place: Place, { saleId = null, other = null, ...amounts }: Entry): void {
    const account = this.accountOf(share)
    const claimable = claimableAt(account, this.streamed(share, place.time), share.face)
    const { block, time, tx, logIndex } = place
    this.movements.push({ kind, block, time, tx, logIndex, share, saleId, other, ...NOTHING, ...amounts, balance: account.balance, claimable })
  }
}

export function placeOf({ block, time, tx, logIndex }: ChainEvent): Place {
  return { block, time, tx, logIndex }
}
