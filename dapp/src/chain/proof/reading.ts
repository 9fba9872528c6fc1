/**
 * Five counters since a meter began, which only grow, and flags that describe one report's span:
 * `measured48 | delivered48 | utilised48 | breached48 | energyWh48 | flags16`, as contracts/leasing/Reading.sol has it.
 * Unit-seconds, except energy: Wh.
 */
export interface Reading {
  readonly measured: bigint
  readonly delivered: bigint
  readonly utilised: bigint
  readonly breached: bigint
  readonly energyWh: bigint
  readonly flags: number
}

/** The names of the flags' bits from bit 3 upwards, as the node API spells them; bits 0-2 are the trust level. */
export const FLAG_NAMES = [
  'energy_estimated',
  'counter_reset',
  'activity_fallback',
  'energy_uncovered',
  'weak_activity',
  'empty_memory',
  'unlisted_gpu',
  'machine_changed',
  'tenant_disagrees',
  'power_disputed',
] as const

const COUNTER_BITS = 48n
const COUNTER_MASK = (1n << COUNTER_BITS) - 1n
const FLAGS_BITS = 16
const FIRST_FLAG_BIT = 3
const LEVEL_MASK = 0b111

/** The reading in one word. Throws RangeError when `word` is not a uint256. */
export function unpackReading(word: bigint): Reading {
  if (word < 0n || word >> 256n !== 0n) throw new RangeError('not a uint256')
  return {
    measured: word >> 208n,
    delivered: (word >> 160n) & COUNTER_MASK,
    utilised: (word >> 112n) & COUNTER_MASK,
    breached: (word >> 64n) & COUNTER_MASK,
    energyWh: (word >> 16n) & COUNTER_MASK,
    flags: Number(word & 0xffffn),
  }
}

/** The reading as one uint256. Throws RangeError when a counter does not fit 48 bits or the flags 16. */
export function packReading(reading: Reading): bigint {
  const counters = [reading.measured, reading.delivered, reading.utilised, reading.breached, reading.energyWh]
  let word = 0n
  for (const counter of counters) {
    if (counter < 0n || counter > COUNTER_MASK) throw new RangeError('a counter does not fit 48 bits')
    word = (word << COUNTER_BITS) | counter
  }
  const { flags } = reading
  if (!Number.isInteger(flags) || flags < 0 || flags >= 1 << FLAGS_BITS) throw new RangeError('flags do not fit 16 bits')
  return (word << BigInt(FLAGS_BITS)) | BigInt(flags)
}

/** Trust level, 0 to 7, of which 0 to 4 are defined: levels 0 and 1 trust the operator. */
export function trustLevel(reading: Reading): number {
  return reading.flags & LEVEL_MASK
}

/** The flags that are set, lowest bit first, by the API's names; a bit without a name is `bit<n>`. */
export function flagNames(reading: Reading): string[] {
  const names: string[] = []
  for (let bit = FIRST_FLAG_BIT; bit < FLAGS_BITS; bit++) {
    if ((reading.flags >> bit) & 1) names.push(FLAG_NAMES[bit - FIRST_FLAG_BIT] ?? `bit${bit}`)
  }
  return names
}
