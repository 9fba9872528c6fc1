import { formatAmount } from './formatAmount'
import type { Locale } from './locale'

const ENERGY = { Wh: 0, kWh: 3, MWh: 6 } as const
const POWER = { W: 0, kW: 3, MW: 6 } as const

export type EnergyUnit = keyof typeof ENERGY
export type PowerUnit = keyof typeof POWER

export interface UnitOptions<Unit> {
  readonly unit?: Unit
  readonly maxDecimals?: number
}

/**
 * Energy from whole Wh, rounded down to at most `maxDecimals` (default 2) digits. The unit is the largest of Wh, kWh and MWh of which there
 * is one, unless `unit` fixes it, as a column of a table does.
 */
export function formatEnergy(
  wh: bigint,
  locale: Locale,
  { unit = wh >= 1_000_000n ? 'MWh' : wh >= 1000n ? 'kWh' : 'Wh', maxDecimals = 2 }: UnitOptions<EnergyUnit> = {},
): string {
  return formatAmount(wh, ENERGY[unit], locale, { symbol: unit, maxDecimals, minDecimals: 0 })
}

/** Power from whole W, like `formatEnergy`: W, kW or MW. */
export function formatPower(
  watts: bigint,
  locale: Locale,
  { unit = watts >= 1_000_000n ? 'MW' : watts >= 1000n ? 'kW' : 'W', maxDecimals = 2 }: UnitOptions<PowerUnit> = {},
): string {
  return formatAmount(watts, POWER[unit], locale, { symbol: unit, maxDecimals, minDecimals: 0 })
}

/** Mean power in W of `wh` over `seconds`: floor(wh x 3600 / seconds); undefined over no time. */
export function meanWattsDown(wh: bigint, seconds: bigint): bigint | undefined {
  return seconds > 0n ? (wh * 3600n) / seconds : undefined
}

/** Wh per unit-hour: floor(wh x 3600 / unitSeconds), over the unit-seconds delivered or utilised; undefined if there were none. */
export function whPerUnitHourDown(wh: bigint, unitSeconds: bigint): bigint | undefined {
  return unitSeconds > 0n ? (wh * 3600n) / unitSeconds : undefined
}
