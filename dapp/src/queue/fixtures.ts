import { type Block, type Call, EMPTY_QUEUE, type Entry, type Hash, type Queue, type Status } from './entry'
import type { Draft, QueueEvent } from './events'
import { reduce } from './reduce'

export const ACCOUNT = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'
export const CONTRACT = '0xCf7Ed3AccA5a467e9e704C703E8D87F634fB0Fc9'

export const CLAIM: Call = {
  contract: CONTRACT,
  name: 'FleetShare',
  function: 'claim',
  arguments: [{ name: 'to', value: ACCOUNT }],
  value: 0n,
}

export function hashOf(number: number): Hash {
  return `0x${number.toString(16).padStart(64, '0')}`
}

export function blockOf(number: bigint, fork = 0): Block {
  return { number, hash: hashOf(1_000_000 + Number(number) * 10 + fork) }
}

export function draftOf(id: string, steps: readonly (readonly Call[])[] = [[CLAIM]], needed = 3): Draft {
  return { id, chainId: 1, account: ACCOUNT, intent: 'claim', needed, steps }
}

export function after(events: readonly QueueEvent[], queue: Queue = EMPTY_QUEUE): Queue {
  return events.reduce(reduce, queue)
}

/** A write up to the wallet's question. */
export function asked(id: string): readonly QueueEvent[] {
  return [
    { kind: 'drafted', draft: draftOf(id), at: 0 },
    { kind: 'simulating', id, step: 0 },
    { kind: 'signing', id, step: 0, at: 1_000 },
  ]
}

/** A write up to its transaction. */
export function sentAs(id: string, hash: Hash): readonly QueueEvent[] {
  return [...asked(id), { kind: 'sent', id, step: 0, hash, nonce: 7, at: 2_000 }]
}

export const WITH_WALLET = asked('a')
export const SENT = sentAs('a', hashOf(1))

export function entryOf(queue: Queue, id = 'a'): Entry {
  const entry = queue.entries.find((each) => each.id === id)
  if (entry === undefined) throw new Error(`no entry ${id}`)
  return entry
}

export function statusOf(queue: Queue, id = 'a', step = 0): Status {
  const status = entryOf(queue, id).steps[step]?.status
  if (status === undefined) throw new Error(`no step ${step} of ${id}`)
  return status
}
