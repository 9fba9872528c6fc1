/** Test support: the golden vectors that tools/dapp_vectors.py wrote, read with their types checked. */
import { readFileSync } from 'node:fs'
import { isAddress, isHex } from 'viem'
import type { Address, Hex } from 'viem'
import { z } from 'zod'

const hex = z.custom<Hex>((value) => isHex(value))
const address = z.custom<Address>((value) => typeof value === 'string' && isAddress(value))
const digits = z.string().transform((text) => BigInt(text))
const proven = { root: hex, proofs: z.array(z.array(hex)) }

const readings = z.array(
  z.object({
    word: digits,
    measured: digits,
    delivered: digits,
    utilised: digits,
    breached: digits,
    energyWh: digits,
    flags: z.number(),
    level: z.number(),
    flagNames: z.array(z.string()),
  }),
)

const meterIds = z.array(z.object({ kind: z.enum(['lease', 'fleet']), contract: address, number: digits, id: digits }))

const meterTrees = z.array(z.object({ leaves: z.array(z.object({ meterId: digits, reading: digits })), ...proven }))

const inventories = z.object({
  trees: z.array(z.object({ uuids: z.array(z.string()), ...proven })),
  big: z.object({ count: z.number(), asked: z.array(z.number()), ...proven }),
})

const documents = z.array(z.object({ bytes: z.number(), hash: hex }))

const saidReading = z.object({
  epoch: z.number(),
  state: z.string(),
  root: z.string(),
  final_at_unix_s: z.number(),
  meter: z.object({
    meter_id: z.string(),
    kind: z.string(),
    number: z.string(),
    reading: z.string(),
    measured_unit_s: z.number(),
    delivered_unit_s: z.number(),
    utilised_unit_s: z.number(),
    breached_unit_s: z.number(),
    energy_wh: z.number(),
    trust_level: z.number(),
    flags: z.array(z.string()),
  }),
  leaf: z.string(),
  proof: z.array(z.string()),
})

const saidReport = z.object({
  epoch: z.number(),
  base_epoch: z.number(),
  state: z.string(),
  root: z.string(),
  set_hash: z.string().nullable(),
  leaf_count: z.number(),
  mined_at_unix_s: z.number(),
  final_at_unix_s: z.number(),
  signers: z.array(z.number()),
})

const checks = z.array(
  z.object({
    asked: z.object({ meterId: digits, epoch: digits }),
    said: saidReading,
    report: saidReport,
    domain: z.object({ chainId: z.number(), meterOracle: address }),
    now: digits,
    disputeWindow: digits,
    standing: z.object({
      root: hex,
      epoch: digits,
      baseEpoch: digits,
      minedAt: digits,
      leafCount: z.number(),
      signers: z.number(),
    }),
    baseRoot: hex,
    digest: hex,
    input: hex,
    signers: z.record(z.string(), address),
    signersSet: z.object({ code: hex, quorum: z.number(), nodes: z.number() }),
  }),
)

/** One whole check as the oracle would have it: what the API says and what the chain has. */
export type CheckVector = z.output<typeof checks>[number]

/** Packed readings and their parts. */
export const readingVectors = () => read('readings', readings)
/** Meter ids and their parts. */
export const meterIdVectors = () => read('meterIds', meterIds)
/** Trees over meters with all proofs. */
export const meterTreeVectors = () => read('meterTrees', meterTrees)
/** Trees over GPU UUIDs; UUID i of the big one is `GPU-` and i in eight hexadecimal digits. */
export const inventoryVectors = () => read('inventories', inventories)
/** Hashes of documents of a rule. */
export const documentVectors = () => read('documents', documents)
/** Whole checks. */
export const checkVectors = () => read('checks', checks)

function read<T extends z.ZodType>(name: string, schema: T): z.output<T> {
  const path = new URL(`../../../fixtures/proof/${name}.json`, import.meta.url)
  return schema.parse(JSON.parse(readFileSync(path, 'utf8')))
}
