import { getAddress, isAddress } from "viem"
import { ABIS, type ContractName, eventsOf } from "../abis"
import type { Subject } from "../subjects"
import { QueryError } from "./errors"

export const MOST_EVENTS = 5000
const USUAL_EVENTS = 1000
const LARGEST_ID = 2n ** 256n - 1n
const LARGEST_BLOCK = 2n ** 63n - 1n
const LARGEST_LOG_INDEX = 2n ** 31n - 1n

/** What GET /events is asked for. */
export type EventsQuery = {
  contracts: ContractName[]
  names: string[]
  /** The events that `contracts` and `names` leave. */
  kinds: { contract: ContractName; name: string }[]
  subjects: Subject[]
  after: { block: bigint; logIndex: number } | null
  limit: number
}

const CONTRACTS: readonly string[] = Object.keys(ABIS)
const KINDS = Object.keys(ABIS)
  .filter(isContract)
  .flatMap((contract) => eventsOf(contract).map(({ name }) => ({ contract, name })))
const NAMES: ReadonlySet<string> = new Set(KINDS.map(({ name }) => name))
/** The narrowest first: the search walks its events and looks whether the others hold. */
const SUBJECTS = ["lease", "sale", "account", "fleet"] as const
const ONCE = ["fleet", "lease", "sale", "account", "after", "limit"]

/** Reads the query string. Throws QueryError for whatever it does not know or cannot read. */
export function readEventsQuery(search: URLSearchParams): EventsQuery {
  for (const key of new Set(search.keys())) {
    if (!ONCE.includes(key) && key !== "contract" && key !== "name") {
      throw new QueryError("query.unknownParameter", `${quoted(key)} is no parameter: give contract, name, ${ONCE.join(", ")}`)
    }
    if (ONCE.includes(key) && search.getAll(key).length > 1) {
      throw new QueryError("query.repeated", `${key} can be given once; only contract and name may repeat`)
    }
  }
  const contracts = [...new Set(search.getAll("contract"))].map((name) => {
    if (isContract(name)) return name
    throw new QueryError("query.unknownContract", `${quoted(name)} is no contract: give one of ${CONTRACTS.join(", ")}`)
  })
  const names = [...new Set(search.getAll("name"))]
  for (const name of names) {
    if (!NAMES.has(name)) throw new QueryError("query.unknownName", `no contract has an event ${quoted(name)}`)
  }
  const limit = search.get("limit")
  return {
    contracts,
    names,
    kinds: KINDS.filter(
      ({ contract, name }) =>
        (contracts.length === 0 || contracts.includes(contract)) && (names.length === 0 || names.includes(name)),
    ),
    subjects: SUBJECTS.flatMap((kind) => {
      const value = search.get(kind)
      if (value === null) return []
      return [{ kind, value: kind === "account" ? addressOf(value) : whole(value, LARGEST_ID, "query.badId", kind).toString() }]
    }),
    after: cursorOf(search.get("after")),
    limit: limit === null ? USUAL_EVENTS : limitOf(limit),
  }
}

/** What `after` takes to go on behind an event. */
export function cursor(event: { block: string; logIndex: number }): string {
  return `${event.block}:${event.logIndex}`
}

function isContract(name: string): name is ContractName {
  return CONTRACTS.includes(name)
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text)
}

function whole(text: string, most: bigint, code: string, what: string): bigint {
  if (/^(0|[1-9][0-9]{0,77})$/.test(text)) {
    const value = BigInt(text)
    if (value <= most) return value
  }
  throw new QueryError(code, `${what} must be a whole number from 0 to ${most} in decimal, not ${quoted(text)}`)
}

function addressOf(text: string): string {
  if (isAddress(text)) return getAddress(text)
  throw new QueryError("query.badAccount", `account must be an address, in lower case or with its checksum, not ${quoted(text)}`)
}

function limitOf(text: string): number {
  const limit = whole(text, LARGEST_ID, "query.badLimit", "limit")
  if (limit === 0n) throw new QueryError("query.badLimit", "limit must be 1 or more")
  return limit > BigInt(MOST_EVENTS) ? MOST_EVENTS : Number(limit)
}

function cursorOf(text: string | null): EventsQuery["after"] {
  if (text === null) return null
  const [block, logIndex, ...more] = text.split(":")
  if (block === undefined || logIndex === undefined || more.length > 0) {
    throw new QueryError("query.badCursor", `after must be block:logIndex as in an answer's next, not ${quoted(text)}`)
  }
  return {
    block: whole(block, LARGEST_BLOCK, "query.badCursor", "the block in after"),
    logIndex: Number(whole(logIndex, LARGEST_LOG_INDEX, "query.badCursor", "the log index in after")),
  }
}
