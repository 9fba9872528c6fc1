import type { ChartColour } from './colours'

/** Unix seconds. Drawn as numbers, which are exact for every time of the calendar. */
export type Seconds = bigint | number

/**
 * Why there is no value: `outage` was measured, and nothing was delivered; `missing` means no telemetry, nobody knows; `unknown` means that the node that was
 * asked does not know, though another may.
 */
export type BandKind = 'outage' | 'missing' | 'unknown'

export interface Band {
  readonly kind: BandKind
  readonly from: Seconds
  /** Exclusive. */
  readonly to: Seconds
  /** Written over the band where there is room, and in the table: "Outage 09:00–12:00, 24 GPU-h lost". */
  readonly label: string
}

export interface Series {
  readonly key: string
  readonly label: string
  readonly colour: ChartColour
  /** One a time; null where there is none, which is drawn as a gap. What is not finite counts as null. */
  readonly values: readonly (number | null)[]
}

/** A mark on the time axis. `day` is written below it where it differs from the mark before. */
export interface TimeTick {
  readonly text: string
  readonly day?: string
}
