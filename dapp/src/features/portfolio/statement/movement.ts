/** An address of the chain. */
export type Address = `0x${string}`

/** What kind of movement a line of the statement is. */
export type MovementKind =
  /** Shares made for the account when the fleet was listed. */
  | 'issued'
  /** Bought and delivered at once. */
  | 'bought'
  /** Bought before the sale succeeded: booked, not delivered. */
  | 'booked'
  /** Booked shares that were delivered to the account. */
  | 'collected'
  /** Booked shares that the account had sent to another address. */
  | 'collectedAway'
  | 'refunded'
  | 'received'
  | 'sent'
  /** Shares put into a sale of the account's own. */
  | 'offered'
  | 'reclaimed'
  /** Proceeds of its own sale. */
  | 'withdrawn'
  /** What the shares of its own sale earned while they lay there. */
  | 'saleIncome'
  /** Income that became claimable since the account was last touched. */
  | 'accrued'
  | 'claimed'

/** A share token and what it is a share of. */
export interface ShareOf {
  readonly share: Address
  readonly fleetId: bigint
  /** Its place in the waterfall, 0 is the most senior. */
  readonly tranche: number
  /** The tranche's face and the token's supply, smallest units. */
  readonly face: bigint
  /** P of its waterfall, seconds. */
  readonly period: bigint
}

/** One line. Amounts in smallest units: shares in the share's, everything else in the currency's. */
export interface Movement {
  readonly kind: MovementKind
  readonly block: bigint
  /** Unix seconds. */
  readonly time: bigint
  /** Null for what accrued up to the statement's end, which is no transaction's. */
  readonly tx: `0x${string}` | null
  readonly logIndex: number | null
  readonly share: ShareOf
  readonly saleId: bigint | null
  /** Who is on the other side, or where the money or the shares went. */
  readonly other: Address | null
  readonly sharesIn: bigint
  readonly sharesOut: bigint
  /** Shares booked in a sale that has not succeeded yet, and such that are so no more. */
  readonly bookedIn: bigint
  readonly bookedOut: bigint
  /** Income that became claimable, and income paid out. */
  readonly accrued: bigint
  readonly claimed: bigint
  /** Paid for shares; and got for or besides them: refunds, proceeds, a sale's income. */
  readonly paid: bigint
  readonly received: bigint
  /** Of the share, after this line. */
  readonly balance: bigint
  readonly claimable: bigint
}
