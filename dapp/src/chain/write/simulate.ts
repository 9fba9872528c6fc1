import type { Address, Hex, PublicClient } from 'viem'
import type { Refusal } from '../../queue/entry'
import type { Encoded } from './calldata'
import { refusalOf, revertDataOf } from './revertData'

/** The part of viem's client that writes need: questions to one node. */
export type Reader = Pick<PublicClient, 'request'>

export type Simulated =
  | { readonly kind: 'passed' }
  /** `call`: which of them, from 0. */
  | { readonly kind: 'refused'; readonly call: number; readonly refusal: Refusal }
  /** This node cannot run several calls after each other (eth_simulateV1): only the first could be tried. */
  | { readonly kind: 'firstOnly' }
  /** The node did not answer, or not to this. */
  | { readonly kind: 'lost' }

/**
 * Runs calls as the account would, one after the other, on top of the newest block. One call is an eth_call, which every node has; several need eth_simulateV1,
 * which anvil, geth, reth and most public RPCs have; where it is missing the first is tried alone and the answer says so.
 */
export async function simulated(reader: Reader, account: Address, calls: readonly Encoded[]): Promise<Simulated> {
  const [first, ...rest] = calls
  if (first === undefined) return { kind: 'passed' }
  if (rest.length === 0) return alone(reader, account, first)
  const together = await inSeries(reader, account, calls)
  if (together !== null) return together
  const only = await alone(reader, account, first)
  return only.kind === 'passed' ? { kind: 'firstOnly' } : only
}

async function alone(reader: Reader, account: Address, call: Encoded): Promise<Simulated> {
  try {
    await reader.request({ method: 'eth_call', params: [{ from: account, ...transactionOf(call) }, 'latest'] })
    return { kind: 'passed' }
  } catch (error) {
    const data = revertDataOf(error)
    return data === null ? { kind: 'lost' } : { kind: 'refused', call: 0, refusal: refusalOf(data) }
  }
}

async function inSeries(reader: Reader, account: Address, calls: readonly Encoded[]): Promise<Simulated | null> {
  try {
    const answer: unknown = await reader.request({
      method: 'eth_simulateV1',
      params: [{ blockStateCalls: [{ calls: calls.map((call) => ({ from: account, ...transactionOf(call) })) }], validation: false }, 'latest'],
    } as never)
    return readSeries(answer, calls.length)
  } catch {
    return null
  }
}

/** What eth_simulateV1 answered for one block of calls; null where it is not of that shape. */
function readSeries(answer: unknown, count: number): Simulated | null {
  const block: unknown = Array.isArray(answer) ? answer[0] : null
  const results: unknown = field(block, 'calls')
  if (!Array.isArray(results) || results.length !== count) return null
  for (const [place, result] of results.entries()) {
    const status = field(result, 'status')
    if (status === '0x1') continue
    if (status !== '0x0') return null
    const data = field(field(result, 'error'), 'data') ?? field(result, 'returnData')
    return { kind: 'refused', call: place, refusal: refusalOf(isHex(data) ? data : '0x') }
  }
  return { kind: 'passed' }
}

/** A call as JSON-RPC has it. */
export function transactionOf({ to, data, value }: Encoded): { readonly to: Address; readonly data: Hex; readonly value: Hex } {
  return { to, data, value: `0x${value.toString(16)}` }
}

function field(of: unknown, name: string): unknown {
  return typeof of === 'object' && of !== null ? Reflect.get(of, name) : undefined
}

function isHex(value: unknown): value is Hex {
  return typeof value === 'string' && /^0x[0-9a-fA-F]*$/.test(value)
}
