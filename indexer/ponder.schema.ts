import { index, onchainTable, primaryKey } from "ponder"
import type { JsonObject } from "./src/json"

/** Every event of Wellhead's contracts, as decoded by their ABIs. */
export const event = onchainTable(
  "event",
  (t) => ({
    block: t.int8({ mode: "bigint" }).notNull(),
    blockHash: t.hex().notNull(),
    logIndex: t.integer().notNull(),
    /** The block's timestamp, Unix seconds. */
    time: t.int8({ mode: "bigint" }).notNull(),
    tx: t.hex().notNull(),
    /** The contract's Solidity name; every fleet's waterfall is a RevenueWaterfall, every share token a FleetShare. */
    contract: t.text().notNull(),
    /** EIP-55. */
    address: t.text().notNull(),
    name: t.text().notNull(),
    /** Integers as decimal strings, addresses EIP-55, bytes as lower-case hex. */
    args: t.json().$type<JsonObject>().notNull(),
    /** Bytes of `args` as JSON: what a page of events weighs is known before they are read. */
    size: t.integer().notNull(),
  }),
  (table) => ({
    place: primaryKey({ columns: [table.block, table.logIndex] }),
    kind: index().on(table.contract, table.name, table.block, table.logIndex),
  }),
)

/** What an event is about: one row for each fleet, lease, sale and account. What narrows a search is here too, so that it
 * is answered from these rows alone. */
export const subject = onchainTable(
  "subject",
  (t) => ({
    kind: t.text().$type<"fleet" | "lease" | "sale" | "account">().notNull(),
    /** An id in decimal, or an address in EIP-55. */
    value: t.text().notNull(),
    block: t.int8({ mode: "bigint" }).notNull(),
    logIndex: t.integer().notNull(),
    contract: t.text().notNull(),
    name: t.text().notNull(),
  }),
  (table) => ({
    place: primaryKey({ columns: [table.kind, table.value, table.block, table.logIndex] }),
  }),
)

/** The waterfalls and share tokens that RevenueFactory announced, and the fleet each belongs to. */
export const clone = onchainTable("clone", (t) => ({
  /** EIP-55. */
  address: t.text().primaryKey(),
  fleet: t.text().notNull(),
}))

/** The newest indexed block, one row. Ponder's own checkpoint stays where it was while a reorg takes events back, and moves
 * with the next block; this row goes back in the transaction that takes them. */
export const head = onchainTable("head", (t) => ({
  id: t.integer().primaryKey(),
  block: t.int8({ mode: "bigint" }).notNull(),
  hash: t.hex().notNull(),
  /** The block's timestamp, Unix seconds. */
  time: t.int8({ mode: "bigint" }).notNull(),
}))
