import type { Address, ContractEventName, GetEventArgs, Hex } from 'viem'
import type { EventAbis, EventContract } from './contracts'

/**
 * A decoded event. `contract` and `name` tell `args` apart: `if (event.contract === 'CapacityLease' && event.name === 'Settled') event.args.owed`.
 * Every integer in `args` is a bigint, small ones too, so that they meet read/'s own.
 */
export type ChainEvent = { [C in EventContract]: ContractEvent<C> }[EventContract]

/** The events of one contract. */
export type ContractEvent<C extends EventContract> = { [N in ContractEventName<EventAbis[C]>]: EventOf<C, N> }[ContractEventName<EventAbis[C]>]

/** One kind of event. */
export interface EventOf<C extends EventContract, N extends ContractEventName<EventAbis[C]>> {
  readonly contract: C
  readonly name: N
  readonly address: Address
  readonly block: bigint
  /** The block's time, Unix seconds. */
  readonly time: bigint
  readonly tx: Hex
  readonly logIndex: number
  readonly args: Widened<GetEventArgs<EventAbis[C], N, { EnableUnion: false; IndexedOnly: false; Required: true }>>
}

/** Narrows to one kind, for folds: `events.filter(isEvent('CapacityLease', 'Settled'))`. */
export function isEvent<C extends EventContract, N extends ContractEventName<EventAbis[C]>>(contract: C, name: N) {
  return (event: ChainEvent): event is ChainEvent & EventOf<C, N> => event.contract === contract && event.name === name
}

/** `logs` is slower, and pages say so. */
export type HistorySource = 'indexer' | 'logs'

/** What happened, ascending by (block, logIndex), and up to which block it is known. */
export interface History {
  readonly events: readonly ChainEvent[]
  readonly until: bigint
  readonly source: HistorySource
}

/** What an event is about. All that are given must hold. */
export interface Subject {
  /** Also finds the events of the fleet's waterfall and shares. */
  readonly fleet?: bigint
  readonly lease?: bigint
  readonly sale?: bigint
  /** Any address among the arguments. */
  readonly account?: Address
}

/** What to look for; without `contracts` all of them, without `names` every event. */
export interface Asked {
  readonly contracts?: readonly EventContract[]
  readonly names?: readonly string[]
  readonly subject?: Subject
}

/** Blocks, both included. By default from the deployment to the query's block. */
export interface BlockRange {
  readonly from?: bigint
  readonly to?: bigint
}

/** Integers of 48 bits and fewer are numbers in viem's types. */
export type Widened<T> = T extends number
  ? bigint
  : T extends bigint | string | boolean | undefined | null
    ? T
    : T extends readonly unknown[]
      ? { readonly [K in keyof T]: Widened<T[K]> }
      : T extends object
        ? { readonly [K in keyof T]: Widened<T[K]> }
        : T
