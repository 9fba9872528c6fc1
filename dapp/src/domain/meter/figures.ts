import { meanWattsDown, whPerUnitHourDown } from '../../format/energy'
import { ppmDown } from '../../format/ratio'
import type { Slot } from './slots'

/** Sums over slots, each counter as in Slot. */
export type Totals = Pick<Slot, 'known' | 'capacity' | 'busy' | 'delivered' | 'outage' | 'unlet' | 'missing' | 'energyWh'> & {
  /** Seconds from the first slot's beginning to the last one's end. */
  readonly span: bigint
  /** Seconds of the slots that energy was read in. */
  readonly powered: bigint
}

/** Shares and means of some slots, each undefined where there is nothing to be a part of. Everything is rounded down. */
export interface Figures {
  /** Busy of what was delivered, and of the whole capacity, parts per million. */
  readonly busyOfDelivered: bigint | undefined
  readonly busyOfCapacity: bigint | undefined
  readonly deliveredOfCapacity: bigint | undefined
  readonly missingOfCapacity: bigint | undefined
  /** Delivered of what was let and measured: missing time, and time nobody leased, count neither way. */
  readonly availability: bigint | undefined
  /** Of all the fleet's boards, W, over the time in which energy was read: a board under power never draws nothing. */
  readonly meanWatts: bigint | undefined
  /** Wh of all boards, let or not, for each GPU-hour delivered, and for each that was busy. */
  readonly whPerDeliveredHour: bigint | undefined
  readonly whPerBusyHour: bigint | undefined
}

const NO_TOTALS: Totals = { span: 0n, powered: 0n, known: 0n, capacity: 0n, busy: 0n, delivered: 0n, outage: 0n, unlet: 0n, missing: 0n, energyWh: 0n }

/** The sums of slots in order. */
export function totalsOf(slots: readonly Slot[]): Totals {
  const [first, last] = [slots[0], slots.at(-1)]
  const sums = slots.reduce<Totals>(
    (sum, slot) => ({
      span: 0n,
      powered: sum.powered + poweredOf(slot),
      known: sum.known + slot.known,
      capacity: sum.capacity + slot.capacity,
      busy: sum.busy + slot.busy,
      delivered: sum.delivered + slot.delivered,
      outage: sum.outage + slot.outage,
      unlet: sum.unlet + slot.unlet,
      missing: sum.missing + slot.missing,
      energyWh: sum.energyWh + slot.energyWh,
    }),
    NO_TOTALS,
  )
  return first === undefined || last === undefined ? sums : { ...sums, span: last.until - first.from }
}

/** Of the sums of some slots: shares of sums, never means of shares. */
export function figuresOf(sums: Omit<Totals, 'span'>): Figures {
  const read = sums.energyWh > 0n
  return {
    busyOfDelivered: ppmDown(sums.busy, sums.delivered),
    busyOfCapacity: ppmDown(sums.busy, sums.capacity),
    deliveredOfCapacity: ppmDown(sums.delivered, sums.capacity),
    missingOfCapacity: ppmDown(sums.missing, sums.capacity),
    availability: ppmDown(sums.delivered, sums.delivered + sums.outage),
    meanWatts: read ? meanWattsDown(sums.energyWh, sums.powered) : undefined,
    whPerDeliveredHour: read ? whPerUnitHourDown(sums.energyWh, sums.delivered) : undefined,
    whPerBusyHour: read ? whPerUnitHourDown(sums.energyWh, sums.busy) : undefined,
  }
}

function poweredOf({ energyWh, known }: Slot): bigint {
  return energyWh > 0n ? known : 0n
}
