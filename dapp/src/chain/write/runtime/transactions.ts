import type { Address, Hex } from 'viem'
import type { Block, Hash } from '../../../queue/entry'
import { asHash } from '../../../queue/hash'
import type { Reader } from '../simulate'

/** A transaction as a node tells it, mined or not. */
export interface Sent {
  readonly hash: Hash
  readonly from: string
  readonly to: string | null
  readonly input: string
  readonly value: bigint
  /** The most it may use; null where the node does not say. */
  readonly gas: bigint | null
  readonly nonce: number
  /** Null while it waits. */
  readonly block: bigint | null
}

export interface Receipt {
  readonly block: Block
  readonly succeeded: boolean
  readonly gasUsed: bigint | null
}

/** Null where the node does not know it, or answers what is none. Rejects where the node does not answer. */
export async function sentOf(reader: Reader, hash: Hash): Promise<Sent | null> {
  return readSent(await reader.request({ method: 'eth_getTransactionByHash', params: [hash] }))
}

export async function receiptOf(reader: Reader, hash: Hash): Promise<Receipt | null> {
  const answer: unknown = await reader.request({ method: 'eth_getTransactionReceipt', params: [hash] })
  const number = integer(field(answer, 'blockNumber'))
  const blockHash = text(field(answer, 'blockHash'))
  const status = field(answer, 'status')
  const asked = blockHash === null ? null : asHash(blockHash)
  if (number === null || asked === null || (status !== '0x1' && status !== '0x0')) return null
  return { block: { number, hash: asked }, succeeded: status === '0x1', gasUsed: integer(field(answer, 'gasUsed')) }
}

/** The hash of the block at a height on the node's chain; null where it has none there. */
export async function blockHashAt(reader: Reader, number: bigint): Promise<Hash | null> {
  const answer: unknown = await reader.request({ method: 'eth_getBlockByNumber', params: [hex(number), false] })
  const hash = text(field(answer, 'hash'))
  return hash === null ? null : asHash(hash)
}

/** How many transactions of an account are in the chain up to a block: also the nonce of its next one. */
export async function nonceAt(reader: Reader, account: Address, block: bigint | 'latest'): Promise<number> {
  const answer = await reader.request({ method: 'eth_getTransactionCount', params: [account, block === 'latest' ? block : hex(block)] })
  return Number(answer)
}

/** The account's transaction with this nonce in a block; null where there is none. */
export async function withNonce(reader: Reader, account: Address, nonce: number, block: bigint): Promise<Sent | null> {
  const answer: unknown = await reader.request({ method: 'eth_getBlockByNumber', params: [hex(block), true] })
  const all: unknown = field(answer, 'transactions')
  if (!Array.isArray(all)) return null
  const sent = all.map(readSent).filter((each) => each !== null)
  return sent.find((each) => each.nonce === nonce && each.from.toLowerCase() === account.toLowerCase()) ?? null
}

function readSent(answer: unknown): Sent | null {
  const hash = asHash(text(field(answer, 'hash')) ?? '')
  const from = text(field(answer, 'from'))
  const to = field(answer, 'to')
  const input = text(field(answer, 'input'))
  const value = integer(field(answer, 'value'))
  const nonce = integer(field(answer, 'nonce'))
  if (hash === null || from === null || input === null || value === null || nonce === null) return null
  return { hash, from, to: text(to), input, value, gas: integer(field(answer, 'gas')), nonce: Number(nonce), block: integer(field(answer, 'blockNumber')) }
}

function hex(number: bigint): Hex {
  return `0x${number.toString(16)}`
}

function integer(value: unknown): bigint | null {
  return typeof value === 'string' && /^0x[0-9a-fA-F]+$/.test(value) ? BigInt(value) : null
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function field(of: unknown, name: string): unknown {
  return typeof of === 'object' && of !== null ? Reflect.get(of, name) : undefined
}
