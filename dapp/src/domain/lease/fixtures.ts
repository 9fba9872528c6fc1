import type { Reading } from '../../chain/proof/reading'
import type { Lease } from '../../chain/read/leases'

/** A lease of tests: 2 units for ten epochs of 1800 s at 2.35 an hour, epoch boundaries at multiples of 1800. */
export function leaseOf(parts: {
  readonly terms?: Partial<Lease['terms']>
  readonly state?: Partial<Lease['state']>
  readonly account?: Partial<Lease['account']>
  readonly totals?: Partial<Lease['totals']>
  readonly reading?: Partial<Reading>
  readonly runway?: bigint | null
  readonly holder?: Lease['holder']
}): Lease {
  return {
    leaseId: 7n,
    holder: parts.holder === undefined ? '0x00000000000000000000000000000000000000AA' : parts.holder,
    terms: { rate: 2_350_000n, units: 2n, start: 18_000n, end: 36_000n, fleetId: 1n, ...parts.terms },
    state: { stop: 0n, suspendedAt: 0n, creditUnpaid: 0n, penaltyBps: 5000, creditCapBps: 3000, notice: 3600n, boardWatts: 700, ...parts.state },
    account: { held: 23_500_000n, owed: 0n, settledEpoch: 0n, availabilityBps: 9900, closed: false, ...parts.account },
    totals: { creditOwed: 0n, debt: 0n, energyWh: 0n, ...parts.totals },
    reading: { measured: 0n, delivered: 0n, utilised: 0n, breached: 0n, energyWh: 0n, flags: 1, ...parts.reading },
    readingWord: 0n,
    meterId: 1n << 248n,
    runway: parts.runway === undefined ? 0n : parts.runway,
  }
}

export const CLOCK = { genesis: 0n, epochLength: 1800n, observationDelay: 600n, disputeWindow: 1800n } as const
