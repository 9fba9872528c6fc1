import { decodeEventLog, isHex, numberToHex, toEventSelector, type Abi, type AbiEvent, type Address, type Hex } from 'viem'
import type { Chain } from '../../harness/chain'
import { objectOf } from '../../harness/json'
import { rpcCall } from '../../harness/wallet/signing'

/** An event as the chain has it, decoded by its ABI. `time`: its block's, Unix seconds. */
export interface Log {
  readonly name: string
  readonly args: Readonly<Record<string, unknown>>
  readonly block: bigint
  readonly time: bigint
  readonly tx: Hex
  readonly address: Address
}

/** A contract's events of some names up to a block, oldest first, by eth_getLogs itself: neither the page's reading of logs nor the indexer is in it. */
export async function logsOf(chain: Chain, abi: Abi, address: Address, names: readonly string[], until: bigint | 'latest' = 'latest'): Promise<readonly Log[]> {
  const topics = abi.filter((entry): entry is AbiEvent => entry.type === 'event' && names.includes(entry.name)).map(toEventSelector)
  const filter = { address, fromBlock: '0x0', toBlock: until === 'latest' ? until : numberToHex(until), topics: [topics] }
  const raw = await rpcCall(chain.url, 'eth_getLogs', [filter])
  if (!Array.isArray(raw)) throw new Error('no list of logs')
  return Promise.all(raw.map((each: unknown) => logOf(chain, abi, objectOf(each))))
}

async function logOf(chain: Chain, abi: Abi, raw: Readonly<Record<string, unknown>>): Promise<Log> {
  const { data, topics, blockNumber, transactionHash, address } = raw
  const [first, ...rest] = Array.isArray(topics) ? topics.filter((topic: unknown) => isHex(topic)) : []
  if (!isHex(data) || first === undefined || !isHex(transactionHash) || !isHex(address) || typeof blockNumber !== 'string') throw new Error('a log of another shape')
  const decoded = decodeEventLog({ abi, data, topics: [first, ...rest] })
  const block = BigInt(blockNumber)
  const { timestamp } = await chain.client.getBlock({ blockNumber: block })
  return { name: String(decoded.eventName), args: objectOf(decoded.args), block, time: timestamp, tx: transactionHash, address }
}

/** An argument that is a whole number. */
export function whole(log: Log, name: string): bigint {
  return wholeOf(log.args[name])
}

/** An argument that is a list of whole numbers. */
export function wholes(log: Log, name: string): readonly bigint[] {
  const value = log.args[name]
  if (!Array.isArray(value)) throw new Error(`${name} of ${log.name} is no list`)
  return value.map(wholeOf)
}

function wholeOf(value: unknown): bigint {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number') return BigInt(value)
  throw new Error(`${String(value)} is no whole number`)
}
