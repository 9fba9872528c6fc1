import { type Address, encodeFunctionData } from 'viem'
import { erc20PermitAbi } from '../abi/ERC20Permit'
import type { AccountKind } from '../wallet/useWallet'
import { type Encoded, encoded } from './calldata'
import { allowanceOf, type PermitDomain, permitDomainOf, permitNonceOf } from './readToken'
import type { Reader } from './simulate'
import { type FundedCall, isFunded, type WriteStep } from './write'

/** One call and the name of the contract it is for. */
export interface PlannedCall extends Encoded {
  readonly contract: string
}

/** One request to the wallet. */
export type PlannedStep =
  | { readonly how: 'call'; readonly calls: readonly [PlannedCall] }
  | { readonly how: 'batch'; readonly calls: readonly PlannedCall[] }
  /** A permit is signed first; `calls` is what the plan comes to, approval and call, for the simulation before it. */
  | { readonly how: 'permit'; readonly funded: FundedCall; readonly domain: PermitDomain; readonly nonce: bigint; readonly calls: readonly PlannedCall[] }

export interface Ways {
  readonly reader: Reader
  readonly account: Address
  readonly chainId: number
  readonly kind: AccountKind
  readonly batches: 'supported' | 'ready' | 'none'
}

/**
 * How a write goes to the wallet: alone where the allowance is there; with a permit from a plain account for a token whose domain is sure; as one batch where
 * the wallet has them; else an approval of exactly the amount, and then the call. Several calls are one batch where they can be. Rejects where
 * the chain did not answer.
 */
export async function planned(steps: readonly WriteStep[], ways: Ways): Promise<readonly PlannedStep[]> {
  const parts = await Promise.all(steps.map((step) => partOf(step, steps, ways)))
  const permits = parts.filter((part) => part.how === 'permit').length
  const calls = parts.flatMap((part) => part.calls)
  const mayBatch = ways.batches !== 'none' && calls.length > 1 && !(permits === 1 && parts.length === 1)
  if (mayBatch) return [{ how: 'batch', calls }]
  return parts.flatMap((part): readonly PlannedStep[] => (part.how === 'permit' ? [part] : part.calls.map((call) => ({ how: 'call', calls: [call] }))))
}

type Part = Extract<PlannedStep, { how: 'permit' }> | { readonly how: 'calls'; readonly calls: readonly PlannedCall[] }

async function partOf(step: WriteStep, steps: readonly WriteStep[], ways: Ways): Promise<Part> {
  if (!isFunded(step)) return { how: 'calls', calls: [{ ...encoded(step), contract: step.contract }] }
  const plain = { ...encoded(step.plain), contract: step.plain.contract }
  const alike = steps.filter((each): each is FundedCall => isFunded(each) && each.token === step.token)
  const needed = alike.filter(({ spender }) => spender === step.spender).reduce((sum, { amount }) => sum + amount, 0n)
  if ((await allowanceOf(ways.reader, step.token, ways.account, step.spender)) >= needed) return { how: 'calls', calls: [plain] }
  const calls = [approval(step), plain]
  // Two permits of one token would need nonces in an order that the wallet may not keep.
  if (ways.kind !== 'eoa' || step.withPermit === null || alike.length > 1) return { how: 'calls', calls }
  const [domain, nonce] = await Promise.all([
    permitDomainOf(ways.reader, step.token, ways.chainId),
    permitNonceOf(ways.reader, step.token, ways.account),
  ])
  return domain === null || nonce === null ? { how: 'calls', calls } : { how: 'permit', funded: step, domain, nonce, calls }
}

/** An approval of exactly what is needed, never more. */
function approval({ token, spender, amount }: FundedCall): PlannedCall {
  const data = encodeFunctionData({ abi: erc20PermitAbi, functionName: 'approve', args: [spender, amount] })
  return { to: token, data, value: 0n, contract: 'Token' }
}
