import { isSame } from './statement/facts'
import type { Address } from './statement/movement'

/** Why shares should not be sent to an address that is one. `ours`: a contract of this deployment, from which nothing comes back. */
export type RecipientProblem = 'zero' | 'token' | 'self' | 'ours'

const ZERO: Address = '0x0000000000000000000000000000000000000000'

/** What is wrong with sending shares of `share` from `holder` to an address; `contracts` are the deployment's, the waterfall among them. */
export function recipientProblem(to: Address, share: Address, holder: Address, contracts: readonly Address[]): RecipientProblem | null {
  if (isSame(to, ZERO)) return 'zero'
  if (isSame(to, share)) return 'token'
  if (isSame(to, holder)) return 'self'
  return contracts.some((each) => isSame(to, each)) ? 'ours' : null
}
