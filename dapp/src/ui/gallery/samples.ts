import type { Band } from '../charts/model'

const HOUR = 3600
export const START = 1_791_158_400
export const HOURS = 48

export const TIMES = Array.from({ length: HOURS }, (_, hour) => BigInt(START + hour * HOUR))
export const ENDS = TIMES.map((time) => time + BigInt(HOUR))

/** A day's rise and fall with some noise, the same each time. */
function load(hour: number): number {
  return 0.72 + 0.16 * Math.sin(((hour - 8) / 24) * 2 * Math.PI) + 0.03 * Math.sin(hour * 12.9898)
}

const LOST = new Set([33, 34, 35])
const SILENT = new Set([14, 15])
const NEVER_ASKED = new Set([0, 1])
const nothing = (hour: number): boolean => LOST.has(hour) || SILENT.has(hour) || NEVER_ASKED.has(hour)

export const BUSY = TIMES.map((_, hour) => (nothing(hour) ? null : Math.round(load(hour) * 1000) / 10))
export const IDLE = BUSY.map((busy) => (busy === null ? null : Math.round((100 - busy) * 10) / 10))
export const POWER = TIMES.map((_, hour) => (nothing(hour) ? null : Math.round(1500 + load(hour) * 3600)))

const at = (hour: number): number => START + hour * HOUR
export const BANDS: readonly Band[] = [
  { kind: 'unknown', from: at(0), to: at(2), label: 'This node was not there yet, 00:00–02:00' },
  { kind: 'missing', from: at(14), to: at(16), label: 'No telemetry 14:00–16:00, 16 GPU-h missing' },
  { kind: 'outage', from: at(33), to: at(36), label: 'Outage 09:00–12:00, 24 GPU-h lost' },
]

/** Income of two tranches at each distribution, and 2,000 readings. */
export const PAID = [0, 12, 24, 36, 48, 60, 72].map((hour) => BigInt(START + hour * HOUR))
export const PAID_ENDS = PAID.map((time) => time + BigInt(12 * HOUR))
export const SENIOR = [0, 17, 34, 51, 69, 86, 104]
export const EQUITY = [0, 150, 341, 478, 616, 620, 624]
export const MANY = Array.from({ length: 2000 }, (_, place) => START + place * 900)
export const MANY_VALUES = MANY.map((_, place) => (place % 311 > 300 ? null : 2400 + 900 * Math.sin(place / 40) + 250 * Math.sin(place * 7.7)))
