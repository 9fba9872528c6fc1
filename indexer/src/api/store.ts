import { db } from "ponder:api"
import { sql } from "ponder"
import { type EventsQuery, cursor } from "./query"

/** How far the store reaches. Nothing is complete above `block`. `hash` is null while only final blocks are told of. */
export type Head = { block: bigint; hash: string | null; time: bigint; ready: boolean }

/** An event's row; `args` is JSON. */
export type StoredEvent = {
  contract: string
  address: string
  name: string
  block: string
  blockHash: string
  time: string
  tx: string
  logIndex: number
  args: string
}

/** The most bytes of arguments on a page of more than one event. The page of README.md's contract refuses 16 MiB, and an
 * event is up to 600 bytes beside its arguments. */
const MOST_BYTES = 2 * 1024 * 1024

/** The newest block that everything is there of, as the CTE `reached`; no row before anything is. Our own `head` goes back
 * with what a reorg takes, but begins anew with each start; until then only what Ponder calls final is told of. While it
 * catches up after a restart that is its safe checkpoint: what is newer was taken back.
 *
 * Ponder's checkpoint is 10 digits of time, 16 of chain id, 16 of block number, and what does not matter here. */
const REACHED = sql`
  sure AS (
    SELECT substr(checkpoint, 27, 16)::int8 AS block, substr(checkpoint, 1, 10)::int8 AS time, ready
    FROM (
      SELECT ready, CASE WHEN ready THEN finalized_checkpoint ELSE safe_checkpoint END AS checkpoint
      FROM _ponder_checkpoint, (SELECT (value->>'is_ready')::int = 1 AS ready FROM _ponder_meta WHERE key = 'app') meta
    ) ponder
  ),
  reached AS MATERIALIZED (
    SELECT block, NULL AS hash, time, ready FROM sure
    UNION ALL SELECT head.block, head.hash, head.time, true FROM head, sure WHERE ready AND head.block > sure.block
    ORDER BY block DESC LIMIT 1
  )`

type HeadRow = { head_block: string; head_hash: string | null; head_time: string; head_ready: boolean }
type SQL = ReturnType<typeof sql>
const HEAD_COLUMNS = sql`reached.block::text AS head_block, reached.hash AS head_hash,
  reached.time::text AS head_time, reached.ready AS head_ready`

/** How far the store reaches, or null while there is nothing in it. */
export async function readHead(): Promise<Head | null> {
  const { rows } = await db.execute<HeadRow>(sql`WITH ${REACHED} SELECT ${HEAD_COLUMNS} FROM reached`)
  return headOf(rows[0])
}

type PageRow = HeadRow & { found: number } & (StoredEvent | { [name in keyof StoredEvent]: null })

/** One page of events up to the head, the cursor of the next, null on the last, and that head: all of one moment, for it
 * is one statement. What the page weighs is summed up before any of its arguments are read. */
export async function readEvents(query: EventsQuery): Promise<{ head: Head | null; page: StoredEvent[]; next: string | null }> {
  const { rows }: { rows: PageRow[] } = await db.execute<PageRow>(sql`
    WITH ${REACHED},
    found AS MATERIALIZED (${found(query)}),
    page AS (
      SELECT block, log_index
      FROM (
        SELECT block, log_index, row_number() OVER place AS number, sum(size) OVER place AS bytes
        FROM found JOIN event USING (block, log_index)
        WINDOW place AS (ORDER BY block, log_index)
      ) counted
      WHERE number <= ${query.limit} AND (number = 1 OR bytes <= ${MOST_BYTES})
    )
    SELECT ${HEAD_COLUMNS}, (SELECT count(*)::int FROM found) AS found, contract, address, name, event.block::text AS block,
      block_hash AS "blockHash", event.time::text AS time, tx, log_index AS "logIndex", args::text AS args
    FROM reached LEFT JOIN (page JOIN event USING (block, log_index)) ON true
    ORDER BY page.block, log_index`)
  const page = rows.flatMap((row) => (row.args === null ? [] : [row]))
  const last = page.at(-1)
  const more = last !== undefined && last.found > page.length
  return { head: headOf(rows[0]), page, next: more ? cursor(last) : null }
}


/** The places of the first `limit` events that a query finds, and of one more. Each way walks an index in its order and
 * stops: a search for little costs little, however much else there is. */
function found({ contracts, names, kinds, subjects, after, limit }: EventsQuery): SQL {
  const beyond = after === null ? sql`` : sql`AND (block, log_index) > (${after.block}::int8, ${after.logIndex}::int4)`
  const within = sql`block <= (SELECT block FROM reached) ${beyond}`
  const first = sql`ORDER BY block, log_index LIMIT ${limit + 1}`
  const [about, ...others] = subjects
  if (about !== undefined) {
    const also = others.map(
      ({ kind, value }) => sql`AND EXISTS (SELECT FROM subject WHERE kind = ${kind} AND value = ${value}
        AND block = about.block AND log_index = about.log_index)`,
    )
    return sql`SELECT block, log_index FROM subject about WHERE kind = ${about.kind} AND value = ${about.value} AND ${within}
      ${oneOf(sql`contract`, contracts)} ${oneOf(sql`name`, names)} ${sql.join(also, sql` `)} ${first}`
  }
  if (contracts.length === 0 && names.length === 0) return sql`SELECT block, log_index FROM event WHERE ${within} ${first}`
  if (kinds.length === 0) return sql`SELECT block, log_index FROM event WHERE false`
  const listed = kinds.map(({ contract, name }) => sql`(${contract}, ${name})`)
  return sql`SELECT block, log_index FROM (VALUES ${sql.join(listed, sql`, `)}) asked (contract, name), LATERAL (
      SELECT block, log_index FROM event
      WHERE event.contract = asked.contract AND event.name = asked.name AND ${within} ${first}
    ) each ${first}`
}

function oneOf(column: SQL, values: readonly string[]): SQL {
  return values.length === 0 ? sql`` : sql`AND ${column} IN (${sql.join(values.map((each) => sql`${each}`), sql`, `)})`
}

function headOf(row: HeadRow | undefined): Head | null {
  if (row === undefined) return null
  const { head_block, head_hash, head_time, head_ready } = row
  return { block: BigInt(head_block), hash: head_hash, time: BigInt(head_time), ready: head_ready }
}

/** The newest event that is stored, if there is one. */
export async function readNewestEvent(): Promise<{ block: bigint; hash: string } | null> {
  const { rows } = await db.execute<{ block: string; hash: string }>(
    sql`SELECT block::text AS block, block_hash AS hash FROM event ORDER BY event.block DESC LIMIT 1`,
  )
  const newest = rows[0]
  return newest === undefined ? null : { block: BigInt(newest.block), hash: newest.hash }
}
