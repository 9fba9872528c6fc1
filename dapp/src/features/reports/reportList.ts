import { isEvent, type ChainEvent, type EventOf } from '../../chain/history/events'

/** `standing` may still be dropped on evidence until its dispute window is over; `final` may not; `dropped` was. */
export type ReportState = 'standing' | 'final' | 'dropped'

/** A report as its event has it. Times are Unix seconds. */
export interface ReportRow {
  readonly epoch: bigint
  readonly baseEpoch: bigint
  readonly root: `0x${string}`
  readonly leafCount: bigint
  /** Indexes of the nodes that signed, ascending. */
  readonly signers: readonly number[]
  readonly minedAt: bigint
  readonly finalAt: bigint
  readonly state: ReportState
  readonly tx: `0x${string}`
  /** Where in the chain's order it was posted. */
  readonly block: bigint
  readonly logIndex: number
}

type Reported = EventOf<'MeterOracle', 'Reported'>

/**
 * Every report that was ever posted, newest first, from the oracle's events in chain order. A drop takes its report away and all that were built on it: those with
 * a later epoch that were posted before it.
 */
export function reportRows(events: readonly ChainEvent[], disputeWindow: bigint, now: bigint): readonly ReportRow[] {
  const standing = new Map<bigint, Reported>()
  const dropped = new Set<Reported>()
  const all: Reported[] = []
  for (const event of events) {
    if (isEvent('MeterOracle', 'Reported')(event)) {
      standing.set(event.args.epoch, event)
      all.push(event)
    }
    if (isEvent('MeterOracle', 'Dropped')(event)) {
      for (const [epoch, report] of standing) {
        if (epoch < event.args.epoch) continue
        standing.delete(epoch)
        dropped.add(report)
      }
    }
  }
  return all.map((event) => rowOf(event, dropped.has(event), disputeWindow, now)).reverse()
}

/** The places of the bits that are set, ascending. */
export function signersOf(bitmap: bigint): readonly number[] {
  const places: number[] = []
  for (let place = 0; bitmap >> BigInt(place) > 0n; place += 1) if ((bitmap >> BigInt(place)) & 1n) places.push(place)
  return places
}

function rowOf({ args, time, tx, block, logIndex }: Reported, isDropped: boolean, disputeWindow: bigint, now: bigint): ReportRow {
  const finalAt = time + disputeWindow
  return {
    epoch: args.epoch,
    baseEpoch: args.baseEpoch,
    root: args.root,
    leafCount: args.leafCount,
    signers: signersOf(args.signers),
    minedAt: time,
    finalAt,
    state: isDropped ? 'dropped' : now >= finalAt ? 'final' : 'standing',
    tx,
    block,
    logIndex,
  }
}
