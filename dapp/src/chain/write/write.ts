import type { Address, ContractFunctionArgs, ContractFunctionName, Hex } from 'viem'
import type { Abis, WriteContract } from './contracts'

type Mutating = 'nonpayable' | 'payable'

/** One call of a contract, not yet encoded. Make it with `call`, which checks name and arguments against the ABI. */
export interface WriteCall {
  readonly contract: WriteContract
  readonly address: Address
  readonly functionName: string
  readonly args: readonly unknown[]
  /** Native coin sent along, in wei. */
  readonly value: bigint
}

/** A call of `functionName` of the contract at `address`. For a share, a waterfall or a token the address is its own. */
export function call<const Name extends WriteContract, const Method extends ContractFunctionName<Abis[Name], Mutating>>(
  contract: Name,
  address: Address,
  functionName: Method,
  args: ContractFunctionArgs<Abis[Name], Mutating, Method>,
  value = 0n,
): WriteCall {
  return { contract, address, functionName, args: args as readonly unknown[], value }
}

/** An ERC-2612 permit of exactly the funded amount, as the contracts take it. */
export interface PermitSignature {
  /** Unix seconds. */
  readonly deadline: bigint
  readonly v: number
  readonly r: Hex
  readonly s: Hex
}

/**
 * A call in which `spender` takes `amount` of `token` from the account. It is sent alone where the allowance is there, with a permit from a plain account,
 * in one EIP-5792 batch where the wallet has them, or after an approval of exactly `amount`.
 */
export interface FundedCall {
  readonly token: Address
  /** In the token's smallest unit. */
  readonly amount: bigint
  readonly spender: Address
  readonly plain: WriteCall
  /** The same call with a permit; null where the contract has no such function. */
  readonly withPermit: ((permit: PermitSignature) => WriteCall) | null
}

export type WriteStep = WriteCall | FundedCall

/** A line of a summary, both sides already in the person's language and notation. */
export interface Row {
  readonly label: string
  readonly value: string
}

/** A token as amounts are written in it. */
export interface Currency {
  readonly symbol: string
  readonly decimals: number
}

/** One thing a person wants done on the chain. */
export interface Write {
  /** Message id of the feature's catalog, and its values. */
  readonly title: { readonly id: string; readonly values?: Readonly<Record<string, string | number>> }
  /** What the feature says the write does; the dialog shows what the calldata says beside it. */
  readonly summary: readonly Row[]
  /** Equal for two writes that mean the same: a second one while the first is on its way is asked about. For example `lease.topUp:7`. */
  readonly intent: string
  /** The calls, in their order, made for the account that signs. May read the chain. */
  readonly steps: (account: Address) => Promise<readonly WriteStep[]>
  /** The payment token of what the write is about: what amounts of money in the contracts' refusals are counted in. Without it they are said in smallest units. */
  readonly currency?: Currency
  /**
   * The one token that the write takes from somebody, a share or a payment token: what balance, allowance and delivery in a token's refusals are counted
   * in. Left out where the write moves several, or none: a refusal does not say which token it is of.
   */
  readonly moved?: Currency
  /**
   * Called once, when every step is in a block and succeeded, if this page is still open then. A reorganisation can take that back: what a page goes on saying
   * is `useOutcome` of src/wallet.
   */
  readonly onDone?: (hashes: readonly Hex[]) => void
}

/** Whose units the amounts in a refusal are; null where it is not known. */
export interface Currencies {
  readonly money: Currency | null
  readonly moved: Currency | null
}

export const NO_CURRENCIES: Currencies = { money: null, moved: null }

export function currenciesOf({ currency, moved }: Write): Currencies {
  return { money: currency ?? null, moved: moved ?? null }
}

export function isFunded(step: WriteStep): step is FundedCall {
  return 'plain' in step
}
