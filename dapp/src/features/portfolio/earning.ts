import type { Holding } from '../../chain/read/revenue'
import { isSame } from './statement/facts'
import type { Position } from './statement/keepBooks'
import { projectedClaims, type Projected } from './projection'
import { accountNow, claimableAt, type ShareAccount } from './shareAccount'

/** A holding and what is projected of it at the block it was read at. */
export interface Earned {
  readonly holding: Holding
  readonly projected: readonly Projected[]
  /** Whether the projection is the contract's to the unit, for the last touch of the account is known; else it may be one smallest unit short. */
  readonly exact: boolean
}

/** `positions`: of the books, where there are some; `time`: of the block that `holding` was read at, Unix seconds. */
export function earnedBy(holding: Holding, positions: readonly Position[], time: bigint): Earned {
  const { tranche, period } = holding
  const known = knownAccount(holding, positions)
  const account = known ?? accountNow(holding.balance, holding.claimable, tranche.streamed)
  return { holding, projected: projectedClaims(account, tranche.stream, tranche.face, period, time), exact: known !== null }
}

/** The account as the books have it, if it gives what the chain says at this block: it was then not touched since. */
function knownAccount({ tranche, balance, claimable }: Holding, positions: readonly Position[]): ShareAccount | null {
  const account = positions.find(({ share }) => isSame(share.share, tranche.share))?.account
  if (account === undefined || account.balance !== balance) return null
  return claimableAt(account, tranche.streamed, tranche.face) === claimable ? account : null
}
