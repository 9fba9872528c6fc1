import type { Address, Hex, RpcLog } from 'viem'
import { BaseError, HttpRequestError, TimeoutError, getAddress, hexToBigInt, hexToNumber, numberToHex } from 'viem'
import { getBlock } from 'viem/actions'
import type { Chain } from '../chain'
import { ChainFailure } from '../fault'
import type { EventContract } from './contracts'
import { eventOfLog } from './decode'
import type { ChainEvent } from './events'

/** Topics by place: any of a list, one, or whatever. */
export type Topics = readonly (Hex | readonly Hex[] | null)[]

/** What to ask an RPC for. */
export interface LogQuestion {
  readonly addresses: readonly Address[]
  readonly topics: Topics
  readonly from: bigint
  readonly to: bigint
}

/** Times of that many blocks are asked for at once where an RPC's logs lack them. */
const BLOCKS_A_ROUND = 500
/** An RPC that refuses even so few blocks refuses for another reason. */
const LEAST_SPAN = 8n

/**
 * The logs in a range, ascending. RPCs limit how many blocks or logs one answer may span, each in its own way: the range is halved when one refuses,
 * grows again while it does not, and what worked is remembered for that RPC. Rejects with `chain.logsRefused`, or with viem's error when the RPC is gone.
 */
export async function readLogs(chain: Chain, question: LogQuestion): Promise<RpcLog[]> {
  const { spans } = chain.memory
  const logs: RpcLog[] = []
  let from = question.from
  while (from <= question.to) {
    const span = spans.get(chain.rpc) ?? question.to - from + 1n
    const to = from + span - 1n < question.to ? from + span - 1n : question.to
    const got = await askLogs(chain, { ...question, from, to })
    if (got === null) {
      if (to - from < LEAST_SPAN) {
        spans.delete(chain.rpc)
        throw new ChainFailure({ code: 'chain.logsRefused', args: { url: chain.rpc } })
      }
      spans.set(chain.rpc, (to - from + 1n) / 2n)
      continue
    }
    for (const log of got) logs.push(log)
    from = to + 1n
    const known = spans.get(chain.rpc)
    if (known !== undefined) spans.set(chain.rpc, known + known / 4n + 1n)
  }
  return logs
}

/** One request; null when the RPC refuses it, or takes too long over it. */
async function askLogs(chain: Chain, { addresses, topics, from, to }: LogQuestion): Promise<RpcLog[] | null> {
  const filter = { address: [...addresses], topics: topics.map(mutable), fromBlock: numberToHex(from), toBlock: numberToHex(to) }
  try {
    return await chain.client.request({ method: 'eth_getLogs', params: [filter] })
  } catch (error) {
    if (isGone(error)) throw error
    return null
  }
}

/** Not to be reached at all, rather than refusing. A server that gives HTTP 400 or 413 to what is too large refuses. */
function isGone(error: unknown): boolean {
  if (!(error instanceof BaseError)) return true
  if (error.walk((each) => each instanceof TimeoutError) !== null) return false
  const http = error.walk((each) => each instanceof HttpRequestError)
  return http instanceof HttpRequestError && http.status === undefined
}

function mutable(topic: Topics[number]): Hex | Hex[] | null {
  return topic === null || typeof topic === 'string' ? topic : [...topic]
}

/** Logs as events, ascending, with their blocks' times; those that no ABI knows are left out. */
export async function eventsOfLogs(
  chain: Chain,
  logs: readonly RpcLog[],
  contractAt: (address: Address) => EventContract | undefined,
): Promise<ChainEvent[]> {
  const times = await timesOf(chain, logs)
  const events = logs.flatMap((log) => {
    const contract = contractAt(log.address)
    if (contract === undefined || log.removed || log.blockNumber === null) return []
    if (log.transactionHash === null || log.logIndex === null) return []
    const event = eventOfLog(contract, log.topics, log.data, {
      address: getAddress(log.address),
      block: hexToBigInt(log.blockNumber),
      time: times.get(log.blockNumber) ?? 0n,
      tx: log.transactionHash,
      logIndex: hexToNumber(log.logIndex),
    })
    return event === null ? [] : [event]
  })
  return events.sort(byPlace)
}

/** Ascending by block and log index. */
export function byPlace(a: ChainEvent, b: ChainEvent): number {
  if (a.block !== b.block) return a.block < b.block ? -1 : 1
  return a.logIndex - b.logIndex
}

/** The time of every block that the logs are in, by its number as the RPC writes it: from the logs where they have it. */
async function timesOf(chain: Chain, logs: readonly RpcLog[]): Promise<Map<Hex, bigint>> {
  const times = new Map<Hex, bigint>()
  for (const log of logs) {
    const time = 'blockTimestamp' in log ? log.blockTimestamp : undefined
    if (log.blockNumber !== null && typeof time === 'string') times.set(log.blockNumber, BigInt(time))
  }
  const missing = [...new Set(logs.flatMap(({ blockNumber }) => (blockNumber === null || times.has(blockNumber) ? [] : [blockNumber])))]
  for (let at = 0; at < missing.length; at += BLOCKS_A_ROUND) {
    await Promise.all(
      missing.slice(at, at + BLOCKS_A_ROUND).map(async (number) => {
        const { timestamp } = await getBlock(chain.client, { blockNumber: hexToBigInt(number) })
        times.set(number, timestamp)
      }),
    )
  }
  return times
}
