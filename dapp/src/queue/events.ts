import type { Block, Call, Hash, Nonce, Refusal, ReplacedHow } from './entry'

/** Names one step of one entry. */
export interface StepName {
  readonly id: string
  /** Place among the entry's steps, from 0. */
  readonly step: number
}

export interface Draft {
  readonly id: string
  readonly chainId: number
  readonly account: string
  readonly intent: string
  readonly needed: number
  /** The calls of each step: one, or several for an EIP-5792 batch. */
  readonly steps: readonly (readonly Call[])[]
}

/** Something the person, the wallet or this page did to one step. */
export type StepEvent = StepName &
  (
    | { readonly kind: 'simulating' }
    /** The simulation could not be done, by no fault of the write: back to drafted. */
    | { readonly kind: 'simulationLost' }
    | { readonly kind: 'refused'; readonly refusal: Refusal }
    /** The simulation passed and the wallet is asked. */
    | { readonly kind: 'signing'; readonly at: number }
    | { readonly kind: 'rejected' }
    | { readonly kind: 'sent'; readonly hash: string; readonly nonce: Nonce; readonly at: number }
    | { readonly kind: 'bundled'; readonly bundleId: string; readonly at: number }
    /** The wallet named the transaction its batch went into. */
    | { readonly kind: 'bundleSent'; readonly hash: string; readonly at: number }
  )

/** Something seen on the chain about a transaction, by its hash. */
export type ChainEvent =
  /** `nonce`: that of the entry's account, where the transaction is one of its own. */
  | { readonly kind: 'seen'; readonly hash: Hash; readonly nonce?: number; readonly at: number }
  | { readonly kind: 'dropped'; readonly hash: Hash; readonly at: number }
  | { readonly kind: 'replaced'; readonly hash: Hash; readonly by: Hash; readonly how: ReplacedHow; readonly at: number }
  | { readonly kind: 'mined'; readonly hash: Hash; readonly block: Block; readonly succeeded: boolean }
  /** The block it was mined in is no longer part of the chain. */
  | { readonly kind: 'reorged'; readonly hash: Hash; readonly at: number }

/** Everything that can happen to the queue. Times are the browser's, in ms since 1970. */
export type QueueEvent =
  | { readonly kind: 'drafted'; readonly draft: Draft; readonly at: number }
  | { readonly kind: 'dismissed'; readonly id: string }
  | StepEvent
  | ChainEvent
  | { readonly kind: 'head'; readonly chainId: number; readonly number: bigint }
  | { readonly kind: 'tick'; readonly at: number }
  /** Account is null where the wallet is disconnected. */
  | { readonly kind: 'walletChanged'; readonly chainId: number; readonly account: string | null }
  /** The page begins with a queue that was read from storage. */
  | { readonly kind: 'reloaded' }
