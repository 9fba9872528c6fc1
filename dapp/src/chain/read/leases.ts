import type { Address, ContractFunctionReturnType } from 'viem'
import { zeroAddress } from 'viem'
import { capacityLeaseAbi } from '../abi/CapacityLease'
import { fleetRegistryAbi } from '../abi/FleetRegistry'
import { nodeBondsAbi } from '../abi/NodeBonds'
import type { Chain } from '../chain'
import { meterId } from '../proof/meterId'
import type { Reading } from '../proof/reading'
import { unpackReading } from '../proof/reading'
import { orNull, read, unless } from './call'
import { countUp } from './count'

/** What a tenant asks for, as ICapacityLease.LeaseRequest. Times are Unix seconds, amounts smallest units of the fleet's currency. */
export interface LeaseRequest {
  readonly fleetId: bigint
  readonly units: bigint
  readonly start: bigint
  readonly end: bigint
  readonly rate: bigint
  readonly escrow: bigint
  readonly holder: Address
}

/**
 * A lease as ICapacityLease.Lease has it: times in Unix seconds, amounts in smallest units of the fleet's currency, `reading` (the one it was last
 * settled at) in unit-seconds and Wh. `stop` and `suspendedAt` are 0 while they are not; `settledEpoch` is 0 until the first settlement.
 */
export interface Lease {
  readonly leaseId: bigint
  /** Who holds the lease; null once it was burnt, which today's contract never does. */
  readonly holder: Address | null
  readonly terms: {
    readonly rate: bigint
    readonly units: bigint
    readonly start: bigint
    readonly end: bigint
    readonly fleetId: bigint
  }
  readonly state: {
    readonly stop: bigint
    readonly suspendedAt: bigint
    readonly creditUnpaid: bigint
    readonly penaltyBps: number
    readonly creditCapBps: number
    /** Seconds. */
    readonly notice: bigint
    /** Watts. */
    readonly boardWatts: number
  }
  readonly account: {
    readonly held: bigint
    readonly owed: bigint
    readonly settledEpoch: bigint
    readonly availabilityBps: number
    readonly closed: boolean
  }
  readonly totals: { readonly creditOwed: bigint; readonly debt: bigint; readonly energyWh: bigint }
  readonly reading: Reading
  /** The reading as one word. */
  readonly readingWord: bigint
  readonly meterId: bigint
  /** The escrow it needs not to be suspended; null once it is closed. */
  readonly runway: bigint | null
}

/** Some leases, newest first, and how many there are in all: the newest has that id. */
export interface LeasePage {
  readonly total: bigint
  readonly leases: readonly Lease[]
  /** `from` of the next page; null on the last one. */
  readonly next: bigint | null
}

/** `count` leases with ids `from` downwards, by default the newest 50. For all of them give a `count` of Infinity. */
export async function readLeases(chain: Chain, page: { readonly from?: bigint; readonly count?: number } = {}): Promise<LeasePage> {
  const total = await countLeases(chain)
  const first = page.from === undefined || page.from > total ? total : page.from
  const count = Math.min(page.count ?? 50, Number(first))
  const ids = Array.from({ length: Math.max(0, count) }, (_, index) => first - BigInt(index))
  const leases = await Promise.all(ids.map((id) => readLease(chain, id)))
  const rest = first - BigInt(ids.length)
  return { total, leases: leases.filter((lease) => lease !== null), next: rest > 0n ? rest : null }
}

/** One lease; null when there is none with that id. */
export async function readLease(chain: Chain, leaseId: bigint): Promise<Lease | null> {
  if (leaseId <= 0n || leaseId >> 88n !== 0n) return null
  const at = contract(chain)
  const [raw, holder, runway] = await Promise.all([
    unless('CapacityLease_UnknownLease', read(chain, { ...at, functionName: 'leaseOf', args: [leaseId] })),
    orNull(read(chain, { ...at, functionName: 'ownerOf', args: [leaseId] })),
    orNull(read(chain, { ...at, functionName: 'runwayOf', args: [leaseId] })),
  ])
  return raw === null ? null : leaseOf(leaseId, raw, holder, runway, at.address)
}

/** Every lease that `holder` has now, newest first. Reads all leases' holders. */
export async function readLeasesOf(chain: Chain, holder: Address): Promise<Lease[]> {
  const total = await countLeases(chain)
  const ids = Array.from({ length: Number(total) }, (_, index) => total - BigInt(index))
  const owners = await Promise.all(ids.map((id) => orNull(read(chain, { ...contract(chain), functionName: 'ownerOf', args: [id] }))))
  const wanted = holder.toLowerCase()
  const own = ids.filter((_, index) => owners[index]?.toLowerCase() === wanted)
  const leases = await Promise.all(own.map((id) => readLease(chain, id)))
  return leases.filter((lease) => lease !== null)
}

/** What FleetRegistry refuses comes through by its name. */
const WITH_FLEET_ERRORS = [...capacityLeaseAbi, ...fleetRegistryAbi.filter(({ type }) => type === 'error')] as const

/** How many leases there are; the newest has this id. */
export function countLeases(chain: Chain): Promise<bigint> {
  const exists = async (id: bigint) =>
    (await unless('ERC721NonexistentToken', read(chain, { ...contract(chain), functionName: 'ownerOf', args: [id] }))) !== null
  return countUp((ids) => Promise.all(ids.map(exists)))
}

/** The least escrow a request can be opened with, smallest units. Rejects while the fleet is not listed. `escrow` of the request is not looked at. */
export function runwayFor(chain: Chain, request: Omit<LeaseRequest, 'escrow' | 'holder'>): Promise<bigint> {
  const { address } = contract(chain)
  const args = [requestArgs({ ...request, escrow: 0n, holder: zeroAddress })] as const
  return read(chain, { address, abi: WITH_FLEET_ERRORS, functionName: 'runwayFor', args })
}

/** A request as the contract's calls take it. */
export function requestArgs(request: LeaseRequest) {
  const { fleetId, units, start, end } = request
  return { ...request, fleetId: Number(fleetId), units: Number(units), start: Number(start), end: Number(end) }
}

/** What the nodes' bonds must cover in a stablecoin, and what they do: a lease opens only while atRisk + escrow <= cover. Smallest units. */
export interface Cover {
  readonly atRisk: bigint
  readonly cover: bigint
}

/** Both for one stablecoin. */
export async function readCover(chain: Chain, currency: Address): Promise<Cover> {
  const { address } = chain.config.contracts.NodeBonds
  const [atRisk, cover] = await Promise.all([
    read(chain, { ...contract(chain), functionName: 'atRisk', args: [currency] }),
    read(chain, { address, abi: nodeBondsAbi, functionName: 'coverOf', args: [currency] }),
  ])
  return { atRisk, cover }
}

function contract(chain: Chain) {
  return { address: chain.config.contracts.CapacityLease.address, abi: capacityLeaseAbi } as const
}

type Raw = ContractFunctionReturnType<typeof capacityLeaseAbi, 'view', 'leaseOf'>

function leaseOf(leaseId: bigint, raw: Raw, holder: Address | null, runway: bigint | null, address: Address): Lease {
  const { terms, state, account, totals } = raw
  return {
    leaseId,
    holder,
    terms: {
      rate: terms.rate,
      units: BigInt(terms.units),
      start: BigInt(terms.start),
      end: BigInt(terms.end),
      fleetId: BigInt(terms.fleetId),
    },
    state: { ...state, stop: BigInt(state.stop), suspendedAt: BigInt(state.suspendedAt), notice: BigInt(state.notice) },
    account: { ...account, settledEpoch: BigInt(account.settledEpoch) },
    totals: { ...totals, energyWh: BigInt(totals.energyWh) },
    reading: unpackReading(raw.reading),
    readingWord: raw.reading,
    meterId: meterId('lease', address, leaseId),
    runway,
  }
}
