/**
 * A holder's account of one share token, as FleetShare keeps it. Income between two touches is floor(balance x (streamed now - streamed then) / face),
 * so it depends on when the account was touched, by at most one smallest unit a touch.
 */
export interface ShareAccount {
  /** Smallest units of the share. */
  readonly balance: bigint
  /** What had streamed to the tranche when the account was last touched. */
  readonly streamed: bigint
  /** Income credited by then and not claimed since, smallest units of the currency. */
  readonly credited: bigint
}

/** An account that never held anything. */
export const EMPTY_ACCOUNT: ShareAccount = { balance: 0n, streamed: 0n, credited: 0n }

/** `FleetShare._accrued`: what the account earned since it was last touched. `face` is the tranche's, and the share's supply. */
export function accruedDown(account: ShareAccount, streamed: bigint, face: bigint): bigint {
  return (account.balance * (streamed - account.streamed)) / face
}

/** `FleetShare.claimable` once `streamed` has streamed to the tranche. */
export function claimableAt(account: ShareAccount, streamed: bigint, face: bigint): bigint {
  return accruedDown(account, streamed, face) + account.credited
}

/** `FleetShare._touch`: past income is credited at the balance it was earned at, then the balance is another. */
export function touched(account: ShareAccount, streamed: bigint, face: bigint, balance: bigint): ShareAccount {
  return { balance, streamed, credited: claimableAt(account, streamed, face) }
}

/**
 * The account of a holder of whom only the balance and what is claimable at this moment are known: as if it were touched now. What it is later said to
 * have earned is at most one smallest unit below what the contract will say.
 */
export function accountNow(balance: bigint, claimable: bigint, streamed: bigint): ShareAccount {
  return { balance, streamed, credited: claimable }
}
