import type { ChainEvent } from '../../../chain/history/events'

/** What an event says: an id below `leases.event.`, and what stands in its text. Amounts in smallest units, times in Unix seconds. */
export interface Line {
  readonly id: string
  readonly amounts?: Readonly<Record<string, bigint>>
  readonly times?: Readonly<Record<string, bigint>>
  readonly counts?: Readonly<Record<string, bigint>>
  readonly addresses?: Readonly<Record<string, string>>
}

/** One event of a lease, and what it says, the main thing first. */
export interface Happening {
  readonly key: string
  readonly time: bigint
  readonly block: bigint
  readonly tx: string
  readonly lines: readonly Line[]
}

/** A lease's events as they are told, newest first. */
export function happeningsOf(events: readonly ChainEvent[]): readonly Happening[] {
  return events
    .flatMap((event) => {
      const lines = linesOf(event)
      return lines.length === 0 ? [] : [{ key: `${event.block}-${event.logIndex}`, time: event.time, block: event.block, tx: event.tx, lines }]
    })
    .reverse()
}

/** Credit that a closed lease was still owed, which lapsed; null if no event says that it was closed. */
export function lapsedCredit(events: readonly ChainEvent[]): bigint | null {
  for (const event of events) if (event.contract === 'CapacityLease' && event.name === 'Closed') return event.args.creditLapsed
  return null
}

function linesOf(event: ChainEvent): readonly Line[] {
  if (event.contract !== 'CapacityLease') return []
  switch (event.name) {
    case 'LeaseOpened':
      return [{ id: 'opened', amounts: { escrow: event.args.request.escrow }, addresses: { payer: event.args.payer } }]
    case 'ToppedUp': {
      const { payer, amount, debtPaid } = event.args
      return [{ id: 'toppedUp', amounts: { amount }, addresses: { payer } }, ...some('debtPaid', debtPaid)]
    }
    case 'Allocated':
      return [/^0x0+$/.test(event.args.bodyHash) ? { id: 'unallocated' } : { id: 'allocated', counts: { version: event.args.version } }]
    case 'Settled': {
      const { epoch, rentPaid, held, creditPaid, setOff, debt } = event.args
      return [{ id: 'settled', amounts: { rent: rentPaid, held }, counts: { epoch } }, ...some('creditPaid', creditPaid), ...some('setOff', setOff), ...some('debt', debt)]
    }
    case 'Suspended':
      return [{ id: 'suspended', amounts: { held: event.args.held, runway: event.args.runway } }]
    case 'Resumed':
      return [{ id: 'resumed', amounts: { held: event.args.held } }]
    case 'Terminated':
      return [{ id: 'terminated', times: { stop: event.args.stop } }]
    case 'Closed': {
      const { refundable, creditLapsed, debt, atSunset } = event.args
      return [{ id: atSunset ? 'closedAtSunset' : 'closed', amounts: { refundable } }, ...some('lapsed', creditLapsed), ...some('debt', debt)]
    }
    case 'Refunded':
      return [{ id: 'refunded', amounts: { amount: event.args.amount }, addresses: { to: event.args.to } }]
    case 'Transfer':
      // The first is the opening's.
      return /^0x0+$/.test(event.args.from) ? [] : [{ id: 'transferred', addresses: { from: event.args.from, to: event.args.to } }]
    default:
      return []
  }
}

function some(id: string, amount: bigint): readonly Line[] {
  return amount > 0n ? [{ id, amounts: { amount } }] : []
}
