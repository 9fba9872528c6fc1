import type { Address } from 'viem'

/** What a meter counts: a lease (money) or a fleet (display only); `other` is a kind of which nothing is known here. */
export type MeterKind = 'lease' | 'fleet' | 'other'

const KIND_CODES = { lease: 1n, fleet: 2n } as const
const NUMBER_BITS = 88n
const KIND_SHIFT = 248n

/**
 * `kind8 | contract160 | id88`: CapacityLease's address for a lease, FleetRegistry's for a fleet.
 * Throws RangeError unless 0 < `number` < 2^88.
 */
export function meterId(kind: 'lease' | 'fleet', contract: Address, number: bigint): bigint {
  if (number <= 0n || number >> NUMBER_BITS !== 0n) throw new RangeError('a meter number does not fit 88 bits')
  return (KIND_CODES[kind] << KIND_SHIFT) | (BigInt(contract) << NUMBER_BITS) | number
}

/** The kind and the lease's or fleet's number in a meter id. */
export function meterIdParts(id: bigint): { readonly kind: MeterKind; readonly number: bigint } {
  const code = id >> KIND_SHIFT
  const kind = code === KIND_CODES.lease ? 'lease' : code === KIND_CODES.fleet ? 'fleet' : 'other'
  return { kind, number: id & ((1n << NUMBER_BITS) - 1n) }
}
