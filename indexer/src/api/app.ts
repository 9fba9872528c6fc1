import { Hono } from "hono"
import { cors } from "hono/cors"
import { deployment } from "../../ponder.config"
import { QueryError } from "./errors"
import { readEventsQuery } from "./query"
import { type Head, readEvents, readHead } from "./store"

/** Before its first block is indexed, the store reaches to the block before the first contract: nothing is there. */
const BEFORE: Head = { block: BigInt(Math.max(deployment.deployedAt - 1, 0)), hash: null, time: 0n, ready: false }

/** How many answers are worked out at a time. Each may hold megabytes, and the database does one after the other. */
const AT_ONCE = 32

/** PostgreSQL gives up on what takes longer than Ponder lets it, or waits for a reorg's locks. */
const GIVEN_UP = ["57014", "55P03"]

const refusal = (code: string, message: string) => ({ error: { code, message } })
const busy = refusal("busy", "too much is asked at a time: ask again in a second")

/** The HTTP contract of README.md. */
export const app = new Hono()

app.use(cors({ origin: "*", allowMethods: ["GET", "HEAD"], maxAge: 86_400 }))

app.use(async (c, next) => {
  await next()
  c.header("Cache-Control", "no-store")
  c.header("X-Content-Type-Options", "nosniff")
})

app.use(async (c, next) => {
  if (["GET", "HEAD"].includes(c.req.method)) return next()
  return c.json(refusal("method.notAllowed", "the indexer is read-only: use GET"), 405, { Allow: "GET, HEAD" })
})

let answering = 0
app.use("/events", async (c, next) => {
  if (answering >= AT_ONCE) return c.json(busy, 503, { "Retry-After": "1" })
  answering += 1
  try {
    await next()
  } finally {
    answering -= 1
  }
})

app.get("/events", async (c) => {
  const read = await readEvents(readEventsQuery(new URL(c.req.url).searchParams))
  const head = read.head ?? BEFORE
  const events = read.page.map(({ contract, address, name, block, blockHash, time, tx, logIndex, args }) => ({
    contract,
    address,
    name,
    block,
    blockHash,
    time,
    tx,
    logIndex,
    args: JSON.parse(args),
  }))
  return c.json({ events, next: read.next, until: head.block.toString(), untilHash: head.hash, chainId: deployment.chainId })
})

app.get("/status", async (c) => {
  const { block, hash, time, ready } = (await readHead()) ?? BEFORE
  return c.json({
    chainId: deployment.chainId,
    until: block.toString(),
    untilHash: hash,
    untilTime: time.toString(),
    ready,
  })
})

app.get("/health", (c) => c.text("", 200))

app.get("/ready", async (c) => {
  const head = await readHead()
  return head?.ready ? c.text("", 200) : c.text("The blocks up to now are not all indexed yet.", 503)
})

app.notFound((c) => c.json(refusal("path.unknown", "there are /events, /status, /health and /ready"), 404))

app.onError((error, c) => {
  if (error instanceof QueryError) return c.json(refusal(error.code, error.message), 400)
  if (GIVEN_UP.includes(codeOf(error))) return c.json(busy, 503, { "Retry-After": "1" })
  process.stderr.write(`indexer: ${c.req.path}: ${error.stack ?? error.message}\n`)
  return c.json(refusal("internal", "the indexer failed and has logged why: ask again later"), 500)
})

/** PostgreSQL's code of an error, or of what caused it. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return ""
  return "code" in error && typeof error.code === "string" ? error.code : codeOf(error.cause)
}
