/**
 * What the node API said, field by field as its JSON has it (ProofModel, MeterModel, ReportModel of oracle/api/models.py). Only the
 * JSON types are taken for granted: nothing about the values is believed.
 */
export interface SaidReading {
  readonly epoch: number
  readonly state: string
  readonly root: string
  readonly final_at_unix_s: number
  readonly meter: SaidMeter
  readonly leaf: string
  readonly proof: readonly string[]
}

/** A meter and its reading: decimal digits where JavaScript would round. Unit-seconds, except energy: Wh. */
export interface SaidMeter {
  readonly meter_id: string
  readonly kind: string
  readonly number: string
  readonly reading: string
  readonly measured_unit_s: number
  readonly delivered_unit_s: number
  readonly utilised_unit_s: number
  readonly breached_unit_s: number
  readonly energy_wh: number
  readonly trust_level: number
  readonly flags: readonly string[]
}

/** A standing report. Times are Unix seconds; `signers` are indexes in the node set. */
export interface SaidReport {
  readonly epoch: number
  readonly base_epoch: number
  readonly state: string
  readonly root: string
  readonly set_hash: string | null
  readonly leaf_count: number
  readonly mined_at_unix_s: number
  readonly final_at_unix_s: number
  readonly signers: readonly number[]
}

const DIGITS = /^[0-9]{1,78}$/

/** The uint256 that decimal digits spell; null for anything else. */
export function uintOfDigits(text: string): bigint | null {
  if (!DIGITS.test(text)) return null
  const value = BigInt(text)
  return value >> 256n === 0n ? value : null
}
