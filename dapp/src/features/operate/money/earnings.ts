import type { ChainEvent } from '../../../chain/history/events'
import { isEvent } from '../../../chain/history/events'

/** RevenueWaterfall.Payee of the operator. */
export const OPERATOR = 2
/** Places of the operator's parts in `Distributed.fees`: protocol, oracle, energy, operator's. */
const ENERGY = 2
const FEE = 3

/** What one distribution gave the operator. Smallest units; `period` is its number, `time` Unix seconds. */
export interface PeriodEarnings {
  readonly period: bigint
  readonly time: bigint
  readonly tx: `0x${string}`
  readonly rent: bigint
  readonly energyWh: bigint
  readonly energy: bigint
  readonly fee: bigint
  /** Whether a later claim took it. */
  readonly claimed: boolean
}

/** One claim of the operator's. */
export interface Claim {
  readonly time: bigint
  readonly tx: `0x${string}`
  readonly to: string
  readonly amount: bigint
}

/** An operator's earnings from one waterfall. Smallest units. */
export interface Earnings {
  /** Oldest first. */
  readonly periods: readonly PeriodEarnings[]
  /** Oldest first. */
  readonly claims: readonly Claim[]
  /** Rent that was distributed, whoever got it. */
  readonly distributed: bigint
  readonly claimed: bigint
  /** What can be claimed by these events, in its two parts. */
  readonly claimable: { readonly energy: bigint; readonly fee: bigint }
}

/** Folds a fleet's events (Distributed, FeePaid), ascending; those of other waterfalls are left out. A claim takes all there is, so what came before it is claimed. */
export function earningsOf(events: readonly ChainEvent[], waterfall: string): Earnings {
  const own = waterfall.toLowerCase()
  const periods: (Omit<PeriodEarnings, 'claimed'> & { readonly place: number })[] = []
  const claims: Claim[] = []
  let claimedUpTo = 0
  for (const event of events) {
    if (event.address.toLowerCase() !== own) continue
    if (isEvent('RevenueWaterfall', 'Distributed')(event)) {
      const { period, rent, energyWh, fees } = event.args
      periods.push({ period, rent, energyWh, energy: fees[ENERGY], fee: fees[FEE], time: event.time, tx: event.tx, place: periods.length })
    } else if (isEvent('RevenueWaterfall', 'FeePaid')(event) && event.args.payee === BigInt(OPERATOR)) {
      claims.push({ time: event.time, tx: event.tx, to: event.args.to, amount: event.args.amount })
      claimedUpTo = periods.length
    }
  }
  const open = periods.slice(claimedUpTo)
  return {
    periods: periods.map(({ place, ...each }) => ({ ...each, claimed: place < claimedUpTo })),
    claims,
    distributed: sum(periods.map(({ rent }) => rent)),
    claimed: sum(claims.map(({ amount }) => amount)),
    claimable: { energy: sum(open.map(({ energy }) => energy)), fee: sum(open.map(({ fee }) => fee)) },
  }
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, each) => total + each, 0n)
}
