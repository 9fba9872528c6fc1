import { figuresOf, totalsOf } from '../../../domain/meter/figures'
import type { Slot } from '../../../domain/meter/slots'

/** What is drawn of slots: numbers, and only for drawing. Null where there is nothing to be drawn. */
export interface DrawnColumns {
  readonly times: readonly bigint[]
  readonly ends: readonly bigint[]
  /** Shares of the capacity, 0 to 1, that add up to 1; what was lost or is missing is null where it is nothing, for no line is drawn of it. */
  readonly busy: readonly (number | null)[]
  readonly idle: readonly (number | null)[]
  readonly outage: readonly (number | null)[]
  readonly unlet: readonly (number | null)[]
  readonly missing: readonly (number | null)[]
  /** W. */
  readonly watts: readonly (number | null)[]
  /** Wh. */
  readonly perDeliveredHour: readonly (number | null)[]
  readonly perBusyHour: readonly (number | null)[]
  /** 0 to 1. */
  readonly availability: readonly (number | null)[]
}

/** Below this share of busy time, energy for each busy hour says nothing: an idle board's energy over a moment's work. */
const LEAST_BUSY_PPM = 10_000n

export function columnsOf(slots: readonly Slot[]): DrawnColumns {
  const figures = slots.map((slot) => figuresOf(totalsOf([slot])))
  const share = (of: (slot: Slot) => bigint) => slots.map((slot) => (slot.capacity === 0n ? null : Number(of(slot)) / Number(slot.capacity)))
  return {
    times: slots.map(({ from }) => from),
    ends: slots.map(({ until }) => until),
    busy: share(({ busy }) => busy),
    idle: share(({ delivered, busy }) => delivered - busy),
    outage: share(({ outage }) => outage).map(orNull),
    unlet: share(({ unlet }) => unlet),
    missing: share(({ missing }) => missing).map(orNull),
    watts: figures.map(({ meanWatts }) => numberOf(meanWatts)),
    perDeliveredHour: figures.map(({ whPerDeliveredHour }) => numberOf(whPerDeliveredHour)),
    perBusyHour: figures.map(({ whPerBusyHour, busyOfCapacity = 0n }) => (busyOfCapacity >= LEAST_BUSY_PPM ? numberOf(whPerBusyHour) : null)),
    availability: figures.map(({ availability }) => (availability === undefined ? null : Number(availability) / 1e6)),
  }
}

function orNull(value: number | null): number | null {
  return value === 0 ? null : value
}

function numberOf(value: bigint | undefined): number | null {
  return value === undefined ? null : Number(value)
}
