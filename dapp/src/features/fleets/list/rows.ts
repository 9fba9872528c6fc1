import type { FleetStatus, FleetSummary } from '../../../chain/read/fleets'

/** What the list can be sorted by. */
export type SortKey = 'fleet' | 'rate' | 'free' | 'availability'

export interface Sort {
  readonly key: SortKey
  readonly descending: boolean
}

/** As the list begins: in the order of their ids. */
export const FIRST_SORT: Sort = { key: 'fleet', descending: false }

/** The same column again turns the order; another begins ascending, figures descending: the most first. */
export function nextSort(sort: Sort, key: SortKey): Sort {
  return sort.key === key ? { key, descending: !sort.descending } : { key, descending: key !== 'fleet' && key !== 'rate' }
}

/** Which fleets a person wants to see. */
export type Wanted = 'all' | FleetStatus

/** The fleets whose id, words, operator or currency hold every word of `search`, in any case; and of one status. */
export function found(fleets: readonly FleetSummary[], search: string, wanted: Wanted): FleetSummary[] {
  const words = search
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  return fleets.filter((fleet) => {
    if (wanted !== 'all' && fleet.status !== wanted) return false
    const text = [`#${fleet.fleetId}`, fleet.spec.model, fleet.spec.site, fleet.operator, fleet.token?.symbol ?? ''].join('\n').toLowerCase()
    return words.every((word) => text.includes(word))
  })
}

/**
 * The fleets in order; equals by id. Rates of different currencies stand apart, by currency: 2 of one is not more than 1 of another. Within a currency they
 * are in its smallest units.
 */
export function sorted(fleets: readonly FleetSummary[], { key, descending }: Sort): FleetSummary[] {
  const turn = descending ? -1 : 1
  return [...fleets].sort((one, other) => {
    if (key === 'rate') {
      const apart = order(currencyOf(one), currencyOf(other))
      if (apart !== 0) return apart
    }
    return turn * order(valueOf(one, key), valueOf(other, key)) || order(one.fleetId, other.fleetId)
  })
}

/** What is let and free of the fleets that can be leased. */
export interface ListTotals {
  readonly listed: number
  readonly others: number
  readonly units: bigint
  readonly free: bigint
  readonly let: bigint
  readonly openLeases: bigint
}

/** Of all fleets. Units are of listed fleets; open leases of all, since those of a delisted fleet go on. */
export function totalsOf(fleets: readonly FleetSummary[]): ListTotals {
  const listed = fleets.filter(({ status }) => status === 'listed')
  const sum = (of: (fleet: FleetSummary) => bigint, over: readonly FleetSummary[] = listed): bigint => over.reduce((total, fleet) => total + of(fleet), 0n)
  const [units, free] = [sum(({ spec }) => spec.units), sum(({ unitsFree }) => unitsFree)]
  const openLeases = sum(({ account }) => account.openLeases, fleets)
  return { listed: listed.length, others: fleets.length - listed.length, units, free, let: units - free, openLeases }
}

function valueOf({ fleetId, spec, unitsFree }: FleetSummary, key: SortKey): bigint {
  switch (key) {
    case 'fleet':
      return fleetId
    case 'rate':
      return spec.listRate
    case 'free':
      return unitsFree
    case 'availability':
      return BigInt(spec.availabilityBps)
  }
}

function currencyOf({ spec }: FleetSummary): string {
  return spec.currency.toLowerCase()
}

function order<T extends bigint | string>(one: T, other: T): number {
  return one < other ? -1 : one > other ? 1 : 0
}
