import { type Context, type EventNames, ponder } from "ponder:registry"
import schema from "ponder:schema"
import { and, eq, inArray } from "ponder"
import { type Address, type Hex, getAddress } from "viem"
import config from "../ponder.config"
import { MAX_SHARES, REVENUE_CREATED, shareOffset } from "./abis"
import { objectToJson } from "./json"
import { type Source, sources } from "./sources"
import { type Subject, subjectsOf } from "./subjects"

/** A log as Ponder hands it over, whichever event it is. */
type Logged = {
  args: unknown
  block: { number: bigint; timestamp: bigint; hash: Hex }
  log: { address: Address; data: Hex; logIndex: number }
  transaction: { hash: Hex }
}
type Place = { block: bigint; logIndex: number }
type Kind = { contract: string; name: string }

for (const source of sources(Object.keys(config.contracts))) {
  // Ponder's own union of names is made from the same ABIs.
  ponder.on(source.ponderName as Exclude<EventNames, `${string}:setup` | "Head:block">, ({ event, context }) =>
    record(source, event, context.db),
  )
}

ponder.on("Head:block", async ({ event: { block }, context }) => {
  const reached = { block: block.number, hash: block.hash, time: block.timestamp }
  await context.db.insert(schema.head).values({ id: 0, ...reached }).onConflictDoUpdate(reached)
})

async function record({ contract, abiEvent }: Source, logged: Logged, db: Context["db"]): Promise<void> {
  const { block, log } = logged
  const place = { block: block.number, logIndex: log.logIndex }
  const address = getAddress(log.address)
  const args = objectToJson(abiEvent.inputs, logged.args)
  await db.insert(schema.event).values({
    ...place,
    blockHash: block.hash,
    time: block.timestamp,
    tx: logged.transaction.hash,
    contract,
    address,
    name: abiEvent.name,
    args,
    size: Buffer.byteLength(JSON.stringify(args)),
  })
  const subjects = subjectsOf(contract, abiEvent.inputs, args)
  if (contract === "RevenueWaterfall" || contract === "FleetShare") {
    const of = await db.find(schema.clone, { address })
    if (of !== null) subjects.push({ kind: "fleet", value: of.fleet })
  }
  await insertSubjects(db, { ...place, contract, name: abiEvent.name }, subjects)
  if (contract === "RevenueFactory" && abiEvent.name === REVENUE_CREATED.name) {
    const { fleetId, waterfall, shares } = args
    if (typeof fleetId !== "string" || typeof waterfall !== "string" || !Array.isArray(shares)) {
      throw new TypeError("RevenueCreated names no fleet, waterfall and shares")
    }
    await adopt(db, place, fleetId, [waterfall, ...sharesIn(shares, log.data)])
  }
}

async function insertSubjects(db: Context["db"], event: Place & Kind, subjects: Subject[]): Promise<void> {
  if (subjects.length > 0) await db.insert(schema.subject).values(subjects.map((each) => ({ ...each, ...event })))
}

/** The share tokens. Throws when one is not where ponder.config.ts looks for it: its events would be lost. */
function sharesIn(shares: unknown[], data: Hex): string[] {
  return shares.map((share, index) => {
    const start = 2 + 2 * (shareOffset(index) + 12)
    const found = typeof share === "string" && data.slice(start, start + 40) === share.slice(2).toLowerCase()
    if (!found || index >= MAX_SHARES) {
      throw new TypeError(`share ${index} of a RevenueCreated, at byte ${shareOffset(index)}, is not looked for there`)
    }
    return share
  })
}

/** Remembers whose waterfall and shares these are. The shares were minted before RevenueFactory said so: what they
 * logged until now gets its fleet too. */
async function adopt(db: Context["db"], { block }: Place, fleet: string, addresses: string[]): Promise<void> {
  await db.insert(schema.clone).values(addresses.map((address) => ({ address, fleet })))
  const { event } = schema
  const earlier = await db.sql
    .select({ block: event.block, logIndex: event.logIndex, contract: event.contract, name: event.name })
    .from(event)
    .where(and(eq(event.block, block), inArray(event.address, addresses)))
  for (const each of earlier) await insertSubjects(db, each, [{ kind: "fleet", value: fleet }])
}
