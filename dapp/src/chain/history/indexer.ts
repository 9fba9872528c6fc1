import type { Hex } from 'viem'
import * as z from 'zod/mini'
import type { Config } from '../../config/schema'
import type { Result } from '../../format/result'
import { failure, success } from '../../format/result'
import type { JsonFault } from '../../node/json'
import { getJson } from '../../node/json'
import { eventOfJson } from './decode'
import type { Asked, ChainEvent } from './events'

/** Why the indexer is not used; history is then read from logs. */
export type IndexerFault = JsonFault['why'] | 'malformed' | 'wrongChain' | 'endless'

/** What the indexer told of, and the newest block it has indexed. */
export interface Indexed {
  readonly events: readonly ChainEvent[]
  readonly until: bigint
  /** The newest blocks that its pages were read at. A chain that has them all has what is on the pages. Final blocks are not among them. */
  readonly readAt: readonly BlockPoint[]
}

export interface BlockPoint {
  readonly number: bigint
  readonly hash: Hex
}

const TIMEOUT_MS = 10_000
const MAX_BYTES = 16 * 1024 * 1024
const LIMIT = 1000
/** A million events. */
const MAX_PAGES = 1000

const whole = z.string().check(z.regex(/^[0-9]{1,20}$/))
const address = z.custom<`0x${string}`>((value) => typeof value === 'string' && /^0x[0-9a-fA-F]{40}$/.test(value))
const hash = z.custom<`0x${string}`>((value) => typeof value === 'string' && /^0x[0-9a-f]{64}$/.test(value))

const page = z.object({
  events: z.array(
    z.object({
      contract: z.string(),
      address,
      name: z.string(),
      block: whole,
      time: whole,
      tx: hash,
      logIndex: z.number().check(z.int(), z.nonnegative()),
      args: z.record(z.string(), z.unknown()),
    }),
  ),
  next: z.nullable(z.string().check(z.minLength(1), z.maxLength(100))),
  until: whole,
  /** Absent while only final blocks are told of. */
  untilHash: z.nullable(hash),
  chainId: z.number(),
})

/** All the events asked for, page by page, as far as the indexer has come. */
export async function eventsFromIndexer(config: Config, indexer: string, asked: Asked): Promise<Result<Indexed, IndexerFault>> {
  const events: ChainEvent[] = []
  const readAt = new Map<Hex, BlockPoint>()
  let until: bigint | null = null
  let after: string | null = null
  for (let count = 0; count < MAX_PAGES; count++) {
    const url: string = `${indexer}/events?${queryOf(asked, after)}`
    const said = await getJson(url, { timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES })
    if (!said.ok) return failure(said.error.why)
    const parsed = z.safeParse(page, said.value)
    if (!parsed.success) return failure('malformed')
    const { data } = parsed
    if (data.chainId !== config.chain.id) return failure('wrongChain')
    // The first page's: what came after it may be missing from the pages before.
    until ??= BigInt(data.until)
    if (data.untilHash !== null) readAt.set(data.untilHash, { number: BigInt(data.until), hash: data.untilHash })
    for (const { contract, name, args, block, time, ...place } of data.events) {
      const event = eventOfJson(contract, name, args, { ...place, block: BigInt(block), time: BigInt(time) })
      if (event === null || !isAtHome(config, event)) return failure('malformed')
      events.push(event)
    }
    if (data.next === null) return success({ events, until, readAt: [...readAt.values()] })
    if (data.next === after) return failure('endless')
    after = data.next
  }
  return failure('endless')
}

/** Whether an event is said of the address that the configuration has for its contract. Clones are not in it. */
function isAtHome(config: Config, { contract, address }: ChainEvent): boolean {
  if (contract === 'RevenueWaterfall' || contract === 'FleetShare') return true
  return config.contracts[contract].address.toLowerCase() === address.toLowerCase()
}

function queryOf({ contracts = [], names = [], subject = {} }: Asked, after: string | null): string {
  const query = new URLSearchParams()
  for (const contract of contracts) query.append('contract', contract)
  for (const name of names) query.append('name', name)
  const { fleet, lease, sale, account } = subject
  for (const [key, value] of Object.entries({ fleet, lease, sale })) if (value !== undefined) query.append(key, value.toString())
  if (account !== undefined) query.append('account', account.toLowerCase())
  if (after !== null) query.append('after', after)
  query.append('limit', String(LIMIT))
  return query.toString()
}
