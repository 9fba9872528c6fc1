import type { Stretch } from '../../../domain/meter/let'
import type { Slot } from '../../../domain/meter/slots'
import { ppmDown } from '../../../format/ratio'
import type { BandKind } from '../../../ui/charts/model'

/** A stretch of which something has to be said: how much was lost or is missing in it, unit-seconds; 0 where nothing is known. */
export interface Nothing extends Stretch {
  readonly kind: BandKind
  readonly unitSeconds: bigint
  /** Between two slots, where no report tells of the fleet; else the node lacks the readings. */
  readonly noReport: boolean
}

/** The share of a slot's capacity from which an outage or missing telemetry is worth a band: 3 %. */
const VISIBLE_PPM = 30_000n

/** The three kinds of nothing in slots that are oldest first: each kind's neighbours that touch are one. In order of their beginning. */
export function nothingsOf(slots: readonly Slot[]): Nothing[] {
  const found = [
    ...runsOf(slots, 'outage', ({ outage, capacity }) => visible(outage, capacity)),
    ...runsOf(slots, 'missing', ({ missing, capacity }) => visible(missing, capacity)),
    ...runsOf(slots, 'unknown', ({ known }) => (known === 0n ? 0n : null)),
    ...gapsOf(slots),
  ]
  return found.sort((one, other) => (one.from < other.from ? -1 : one.from > other.from ? 1 : 0))
}

function visible(part: bigint, capacity: bigint): bigint | null {
  const share = ppmDown(part, capacity)
  return share !== undefined && share >= VISIBLE_PPM ? part : null
}

function runsOf(slots: readonly Slot[], kind: BandKind, amountOf: (slot: Slot) => bigint | null): Nothing[] {
  const runs: Nothing[] = []
  for (const slot of slots) {
    const amount = amountOf(slot)
    if (amount === null) continue
    const before = runs.at(-1)
    if (before?.until === slot.from) runs[runs.length - 1] = { ...before, until: slot.until, unitSeconds: before.unitSeconds + amount }
    else runs.push({ kind, from: slot.from, until: slot.until, unitSeconds: amount, noReport: false })
  }
  return runs
}

function gapsOf(slots: readonly Slot[]): Nothing[] {
  return slots.flatMap((slot, place): Nothing[] => {
    const before = slots[place - 1]
    if (before === undefined || before.until >= slot.from) return []
    return [{ kind: 'unknown', from: before.until, until: slot.from, unitSeconds: 0n, noReport: true }]
  })
}
