import type { ChainEvent } from '../../../chain/history/events'
import { isEvent } from '../../../chain/history/events'

/**
 * One distribution, as RevenueWaterfall.Distributed tells of it. Money in smallest units of the currency; `from` and `time` in Unix seconds: the rent is what
 * was settled after `from` and up to `time`, and coupons run over the same stretch. `incomes` and `arrears` are by tranche, senior first.
 */
export interface Distribution {
  /** Its number, k: it was made in [k P, (k + 1) P). */
  readonly period: bigint
  /** null of a first one whose waterfall's beginning no event tells. */
  readonly from: bigint | null
  readonly time: bigint
  readonly block: bigint
  readonly tx: `0x${string}`
  readonly rent: bigint
  readonly energyWh: bigint
  readonly fees: { readonly protocol: bigint; readonly oracle: bigint; readonly energy: bigint; readonly operator: bigint }
  readonly reserveIn: bigint
  readonly reserveOut: bigint
  readonly incomes: readonly bigint[]
  readonly arrears: readonly bigint[]
}

/** A waterfall's past: its distributions, oldest first, and what its shares' holders have taken, by share in lower case. */
export interface RevenuePast {
  /** When the waterfall was made, Unix seconds; null where its event is not among those given. */
  readonly createdAt: bigint | null
  readonly distributions: readonly Distribution[]
  readonly claimed: ReadonlyMap<string, bigint>
}

/** Folds the events of one fleet (RevenueCreated, Distributed, IncomeClaimed), ascending, those of other waterfalls left out. */
export function revenuePast(events: readonly ChainEvent[], waterfall: string): RevenuePast {
  const own = waterfall.toLowerCase()
  const created = events.filter(isEvent('RevenueFactory', 'RevenueCreated')).find(({ args }) => args.waterfall.toLowerCase() === own)
  const shares = new Set(created?.args.shares.map((share) => share.toLowerCase()) ?? [])
  const claimed = new Map<string, bigint>()
  for (const { address, args } of events.filter(isEvent('FleetShare', 'IncomeClaimed'))) {
    const share = address.toLowerCase()
    if (shares.has(share)) claimed.set(share, (claimed.get(share) ?? 0n) + args.amount)
  }
  const distributed = events.filter(isEvent('RevenueWaterfall', 'Distributed')).filter(({ address }) => address.toLowerCase() === own)
  const createdAt = created?.time ?? null
  let before = createdAt
  const distributions = distributed.map(({ args, time, block, tx }): Distribution => {
    const from = before
    before = time
    const [protocol = 0n, oracle = 0n, energy = 0n, operator = 0n] = args.fees
    const { period, rent, energyWh, reserveIn, reserveOut, incomes, arrears } = args
    return { period, from, time, block, tx, rent, energyWh, fees: { protocol, oracle, energy, operator }, reserveIn, reserveOut, incomes, arrears }
  })
  return { createdAt, distributions, claimed }
}
