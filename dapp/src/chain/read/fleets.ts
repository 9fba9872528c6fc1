import type { Address, ContractFunctionReturnType, Hex } from 'viem'
import { zeroAddress } from 'viem'
import { capacityLeaseAbi } from '../abi/CapacityLease'
import type { fleetRegistryAbi } from '../abi/FleetRegistry'
import type { Chain } from '../chain'
import { orNull, read } from './call'
import type { RawStatus } from './registry'
import { countFleets, isFleetId, readStatus, registry } from './registry'
import type { Waterfall } from './revenue'
import { readWaterfallAt } from './revenue'
import type { Token } from './tokens'
import { readToken } from './tokens'

/** `proposed` by its operator, `listed` by the issuer and open for leases, `delisted` by the guardian: open leases go on. */
export type FleetStatus = 'proposed' | 'listed' | 'delisted'

/** IFleetRegistry.FleetSpec, with the current list rate (smallest units per unit-hour). `model` and `site` are the operator's words. */
export interface FleetSpec {
  readonly currency: Address
  readonly listRate: bigint
  readonly units: bigint
  /** Watts. */
  readonly boardWatts: number
  readonly availabilityBps: number
  readonly penaltyBps: number
  readonly creditCapBps: number
  /** Seconds. */
  readonly notice: bigint
  readonly model: string
  readonly site: string
}

/** ICapacityLease.FleetAccount: amounts in smallest units of the currency. All zero until the first lease or bond. */
export interface FleetAccount {
  /** Rent and Wh settled and not yet distributed, and rent that was pulled and still counts as at risk. */
  readonly money: { readonly till: bigint; readonly pulled: bigint; readonly tillWh: bigint }
  readonly openLeases: bigint
  readonly unitsCommitted: bigint
  readonly bond: bigint
}

/** What a list of fleets shows. */
export interface FleetSummary {
  readonly fleetId: bigint
  readonly status: FleetStatus
  /** Who holds the title. */
  readonly operator: Address
  readonly spec: FleetSpec
  /** The settlement currency; null when the address the operator gave is no ERC-20, which a listed fleet's cannot be. */
  readonly token: Token | null
  /** The waterfall that rent goes to; null until the fleet is first listed. */
  readonly revenue: Address | null
  readonly account: FleetAccount
  /** spec.units - unitsCommitted, at least 0. */
  readonly unitsFree: bigint
}

/** The newest inventory: StandardMerkleTree root over `count` leaves `(string gpuUuid)`. */
export interface Inventory {
  readonly version: number
  readonly root: Hex
  readonly count: bigint
}

/** One fleet. Its documents are events (DocumentSet): the newest of each name counts. */
export interface Fleet extends FleetSummary {
  /** null until one is published. */
  readonly inventory: Inventory | null
  /** null until the fleet is first listed. */
  readonly waterfall: Waterfall | null
}

/** Fleets ascending by id: all that were ever listed, and the newest proposals. */
export interface FleetList {
  readonly fleets: readonly FleetSummary[]
  /** Older proposals that were not read: anyone can propose as many as they like. */
  readonly older: number
}

/** Of proposals, which cost nothing but gas. */
export const PROPOSALS_AT_ONCE = 50

/** The fleets a list is made of. Asks each for its status, and no more of old proposals. */
export async function readFleetList(chain: Chain): Promise<FleetList> {
  const { ids, older } = picked(await readStatuses(chain))
  const raw = await Promise.all(ids.map((id) => readRaw(chain, id)))
  const currencies = [...new Set(raw.flatMap((each) => (each === null ? [] : [each.spec.currency])))]
  const tokens = new Map(await Promise.all(currencies.map(async (each) => [each, await readToken(chain, each)] as const)))
  return { older, fleets: raw.flatMap((each) => (each === null ? [] : [summaryOf(each, tokens.get(each.spec.currency) ?? null)])) }
}

/** The fleets of a list, for those who need no old proposals: leases, shares and sales are of fleets that were listed. */
export async function readFleets(chain: Chain): Promise<FleetSummary[]> {
  const { fleets } = await readFleetList(chain)
  return [...fleets]
}

/** Every fleet whose title an account holds, ascending; of proposals the newest only. */
export async function readFleetsOf(chain: Chain, operator: Address): Promise<Fleet[]> {
  const statuses = await readStatuses(chain)
  const owners = await Promise.all(statuses.map(({ id }) => orNull(read(chain, { ...registry(chain), functionName: 'ownerOf', args: [id] }))))
  const wanted = operator.toLowerCase()
  const { ids } = picked(statuses.filter((_, place) => owners[place]?.toLowerCase() === wanted))
  const fleets = await Promise.all(ids.map((id) => readFleet(chain, id)))
  return fleets.filter((fleet) => fleet !== null)
}

interface Status {
  readonly id: bigint
  readonly proposed: boolean
}

async function readStatuses(chain: Chain): Promise<Status[]> {
  const count = await countFleets(chain)
  const ids = Array.from({ length: Number(count) }, (_, index) => BigInt(index + 1))
  return Promise.all(ids.map(async (id) => ({ id, proposed: (await readStatus(chain, id))[0] === PROPOSED })))
}

function picked(statuses: readonly Status[]): { readonly ids: readonly bigint[]; readonly older: number } {
  const proposals = statuses.filter(({ proposed }) => proposed)
  const older = Math.max(0, proposals.length - PROPOSALS_AT_ONCE)
  const leftOut = new Set(proposals.slice(0, older))
  return { ids: statuses.filter((each) => !leftOut.has(each)).map(({ id }) => id), older }
}

/** One fleet; null when there is none with that id. */
export async function readFleet(chain: Chain, fleetId: bigint): Promise<Fleet | null> {
  if (!isFleetId(fleetId)) return null
  const raw = await readRaw(chain, fleetId)
  if (raw === null) return null
  const [, revenue, version] = raw.status
  const [token, waterfall, inventory] = await Promise.all([
    readToken(chain, raw.spec.currency),
    revenue === zeroAddress ? null : readWaterfallAt(chain, revenue),
    version === 0 ? null : read(chain, { ...registry(chain), functionName: 'inventoryOf', args: [Number(fleetId), version] }),
  ])
  return {
    ...summaryOf(raw, token),
    inventory: inventory === null ? null : { version, root: inventory[0], count: BigInt(inventory[1]) },
    waterfall,
  }
}

type RawSpec = ContractFunctionReturnType<typeof fleetRegistryAbi, 'view', 'specOf'>
type RawAccount = ContractFunctionReturnType<typeof capacityLeaseAbi, 'view', 'fleetAccountOf'>

interface Raw {
  readonly fleetId: bigint
  readonly spec: RawSpec
  readonly status: RawStatus
  readonly account: RawAccount
  readonly operator: Address
}

const PROPOSED = 1
const STATUSES: Readonly<Record<number, FleetStatus>> = { [PROPOSED]: 'proposed', 2: 'listed', 3: 'delisted' }

async function readRaw(chain: Chain, fleetId: bigint): Promise<Raw | null> {
  const id = Number(fleetId)
  const { address } = chain.config.contracts.CapacityLease
  const [spec, status, operator, account] = await Promise.all([
    orNull(read(chain, { ...registry(chain), functionName: 'specOf', args: [id] })),
    readStatus(chain, fleetId),
    orNull(read(chain, { ...registry(chain), functionName: 'ownerOf', args: [fleetId] })),
    read(chain, { address, abi: capacityLeaseAbi, functionName: 'fleetAccountOf', args: [id] }),
  ])
  return spec === null || operator === null ? null : { fleetId, spec, status, operator, account }
}

function summaryOf({ fleetId, spec, status, operator, account }: Raw, token: Token | null): FleetSummary {
  const units = BigInt(spec.units)
  const unitsCommitted = BigInt(account.unitsCommitted)
  return {
    fleetId,
    status: STATUSES[status[0]] ?? 'delisted',
    operator,
    spec: { ...spec, units, notice: BigInt(spec.notice) },
    token,
    revenue: status[1] === zeroAddress ? null : status[1],
    account: { money: account.money, openLeases: BigInt(account.openLeases), unitsCommitted, bond: account.bond },
    unitsFree: units > unitsCommitted ? units - unitsCommitted : 0n,
  }
}
