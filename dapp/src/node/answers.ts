import * as z from 'zod/mini'

/**
 * The answers of a metering node's public API, field by field as its JSON has them (oracle/api/models.py): whole numbers that JavaScript would round
 * are digits. Their types are checked and nothing is believed: `checkReading` holds a reading against the chain. Unknown keys are dropped.
 */
const count = z.number().check(z.int(), z.nonnegative())
const digits = z.string().check(z.regex(/^[0-9]{1,78}$/))
const hex32 = z.string().check(z.regex(/^0x[0-9a-f]{64}$/))
const state = z.enum(['standing', 'final'])
const flags = z.array(z.string().check(z.maxLength(64))).check(z.maxLength(16))
const trustLevel = z.number().check(z.int(), z.minimum(0), z.maximum(7))

export const reportModel = z.object({
  epoch: count,
  base_epoch: count,
  state,
  root: hex32,
  set_hash: z.nullable(hex32),
  leaf_count: count,
  mined_at_unix_s: count,
  final_at_unix_s: count,
  signers: z.array(count).check(z.maxLength(32)),
})

export const meterModel = z.object({
  meter_id: digits,
  kind: z.enum(['lease', 'fleet', 'other']),
  number: digits,
  reading: digits,
  measured_unit_s: count,
  delivered_unit_s: count,
  utilised_unit_s: count,
  breached_unit_s: count,
  energy_wh: count,
  trust_level: trustLevel,
  flags,
})

export const readingPage = z.object({
  epoch: count,
  state,
  root: hex32,
  readings: z.array(meterModel).check(z.maxLength(1000)),
  next_after: z.nullable(digits),
})

export const proofModel = z.object({
  epoch: count,
  state,
  root: hex32,
  final_at_unix_s: count,
  meter: meterModel,
  leaf: z.string().check(z.regex(/^0x[0-9a-f]{128}$/)),
  proof: z.array(hex32).check(z.maxLength(32)),
})

export const leaseModel = z.object({ lease_id: digits, standing: z.nullable(proofModel), final: z.nullable(proofModel) })

const share = z.number().check(z.minimum(0), z.maximum(1))
const spread = z.object({ min: z.number(), mean: z.number(), max: z.number() })

export const bucketModel = z.object({
  start_unix_s: count,
  end_unix_s: count,
  first_epoch: count,
  last_epoch: count,
  steps: z.number().check(z.int(), z.positive()),
  known_s: count,
  measured_unit_s: count,
  delivered_unit_s: count,
  utilised_unit_s: count,
  energy_wh: count,
  measured_units: z.nullable(spread),
  delivered_units: z.nullable(spread),
  utilised_units: z.nullable(spread),
  missing_share: z.nullable(share),
  trust_level: z.nullable(trustLevel),
  flags,
})

export const seriesModel = z.object({
  fleet_id: digits,
  units: z.nullable(count),
  epoch_length_s: z.number().check(z.int(), z.positive()),
  reports: count,
  buckets: z.array(bucketModel).check(z.maxLength(2000)),
})

const sampledEpoch = z.object({ epoch: count, answers: count, due: count, sampled_share: share })

export const siteModel = z.object({
  fleet_id: digits,
  kind: z.string().check(z.maxLength(64)),
  interval_s: z.number().check(z.int(), z.positive()),
  trust_level: trustLevel,
  reachable: z.boolean(),
  last_sampled_unix_s: z.nullable(count),
  epochs: z.array(sampledEpoch).check(z.maxLength(512)),
})

export const coverageModel = z.object({ newest_epoch: count, sites: z.array(siteModel).check(z.maxLength(10_000)) })

export type ReportModel = z.output<typeof reportModel>
/** Unit-seconds, except energy: Wh. */
export type MeterModel = z.output<typeof meterModel>
export type ReadingPage = z.output<typeof readingPage>
/** A reading with its Merkle proof; what `checkReading` takes. */
export type ProofModel = z.output<typeof proofModel>
export type LeaseModel = z.output<typeof leaseModel>
/**
 * Successive reports as one point of a chart. Three kinds of nothing: `known_s` 0 and nulls: the node does not know; `missing_share`: no
 * telemetry, never billed; measured but not delivered: out of order or not let.
 */
export type BucketModel = z.output<typeof bucketModel>
export type SeriesModel = z.output<typeof seriesModel>
export type SiteModel = z.output<typeof siteModel>
export type CoverageModel = z.output<typeof coverageModel>
