import type { Address, ContractFunctionReturnType } from 'viem'
import { zeroAddress } from 'viem'
import { fleetRegistryAbi } from '../abi/FleetRegistry'
import type { Chain } from '../chain'
import { read } from './call'
import { countUp } from './count'

/** FleetRegistry.statusOf: status, waterfall, newest inventory version. */
export type RawStatus = ContractFunctionReturnType<typeof fleetRegistryAbi, 'view', 'statusOf'>

/** How many fleets there are; the newest has this id. */
export function countFleets(chain: Chain): Promise<bigint> {
  return countUp((ids) => Promise.all(ids.map(async (id) => (await readStatus(chain, id))[0] !== 0)))
}

/** The address of a fleet's waterfall; null when the fleet is unknown or was never listed. */
export async function readRevenue(chain: Chain, fleetId: bigint): Promise<Address | null> {
  if (!isFleetId(fleetId)) return null
  const [, revenue] = await readStatus(chain, fleetId)
  return revenue === zeroAddress ? null : revenue
}

/** Whether a number can be a fleet's: ids have 48 bits. */
export function isFleetId(fleetId: bigint): boolean {
  return fleetId > 0n && fleetId >> 48n === 0n
}

export function readStatus(chain: Chain, fleetId: bigint): Promise<RawStatus> {
  return read(chain, { ...registry(chain), functionName: 'statusOf', args: [Number(fleetId)] })
}

export function registry(chain: Chain) {
  return { address: chain.config.contracts.FleetRegistry.address, abi: fleetRegistryAbi } as const
}
