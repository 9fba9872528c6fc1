/** A transaction or block hash: 32 bytes in lower-case hex. */
export type Hash = `0x${string}`

/** What a decoded argument may hold: whole numbers of any width are bigint, addresses and bytes are hex text, a struct is its named fields. */
export type Value = bigint | string | boolean | readonly Value[] | { readonly fields: readonly Argument[] }

export interface Argument {
  /** The name in the ABI; empty where it has none. */
  readonly name: string
  readonly value: Value
}

/** One contract call, decoded, as the person was shown it before signing. */
export interface Call {
  /** The contract's address. */
  readonly contract: string
  /** The contract's name in the project, for example `CapacityLease`. */
  readonly name: string
  readonly function: string
  readonly arguments: readonly Argument[]
  /** Native coin sent along, in wei. */
  readonly value: bigint
}

/** A named reason with its arguments; `by` says whose it is: the chain's (a custom error), the wallet's or this app's. */
export interface Refusal {
  readonly by: 'chain' | 'wallet' | 'app'
  readonly name: string
  readonly arguments: readonly Argument[]
}

export interface Block {
  readonly number: bigint
  readonly hash: Hash
}

/** Null for a bundle: the account that paid for it, and so its nonce, is the wallet's affair. */
export type Nonce = number | null

/** A transaction in a block. `confirmations` counts from 1 (the block itself) to the entry's `needed`. */
export interface Inclusion {
  readonly block: Block
  readonly confirmations: number
}

/** Repriced: the same calls at another fee. Cancelled: an empty transaction took the nonce. Other: anything else took it. */
export type ReplacedHow = 'repriced' | 'cancelled' | 'other'

export type Status =
  | { readonly kind: 'drafted' }
  | { readonly kind: 'simulating' }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | {
      readonly kind: 'signing'
      readonly since: number
      /** The wallet has said nothing for SILENCE_MS. It may still answer. */
      readonly silent: boolean
      /** The wallet now stands on another chain or account than this write is for. */
      readonly moved: boolean
      /** The page was loaded anew meanwhile, so the wallet's answer will not be heard. */
      readonly unheard: boolean
    }
  | { readonly kind: 'rejected' }
  /** An EIP-5792 batch the wallet has taken; its transaction is not known yet. */
  | { readonly kind: 'bundled'; readonly bundleId: string; readonly since: number }
  | {
      readonly kind: 'pending'
      readonly hash: Hash
      readonly nonce: Nonce
      readonly since: number
      /** It was in a block that a reorganisation took away. */
      readonly takenBack: boolean
    }
  | {
      readonly kind: 'replaced'
      readonly hash: Hash
      readonly nonce: Nonce
      readonly by: Hash
      readonly how: ReplacedHow
      readonly since: number
      /** Where `by` was mined, for one that was cancelled or replaced by another; a mined repricing is `confirmed` or `reverted`. */
      readonly mined: Inclusion | null
    }
  /** No node of ours knows it any more. It can still come back: what was signed once can be sent again by anyone. */
  | { readonly kind: 'dropped'; readonly hash: Hash; readonly nonce: Nonce; readonly since: number }
  | {
      readonly kind: 'confirmed' | 'final' | 'reverted'
      readonly hash: Hash
      readonly nonce: Nonce
      readonly mined: Inclusion
    }

/** One request to the wallet: a call, or the several calls of an EIP-5792 batch. */
export interface Step {
  readonly calls: readonly Call[]
  readonly status: Status
  /** Every hash under which these calls were ever sent, oldest first: any of them may be the one that is mined. */
  readonly hashes: readonly Hash[]
}

/** One write as a person means it, with the steps it takes in their order (approve, then act). Times are the browser's, in ms since 1970. */
export interface Entry {
  readonly id: string
  readonly chainId: number
  readonly account: string
  /** What makes two writes the same to a person; see `intentOf`. */
  readonly intent: string
  /** Confirmations until a step is final, at least 1. */
  readonly needed: number
  readonly draftedAt: number
  readonly steps: readonly Step[]
}

/** Oldest first. */
export interface Queue {
  readonly entries: readonly Entry[]
}

export const EMPTY_QUEUE: Queue = { entries: [] }

/** Entries the queue holds at most. */
export const MOST_ENTRIES = 50

/** How long a wallet may say nothing before the screen says so. */
export const SILENCE_MS = 20_000
