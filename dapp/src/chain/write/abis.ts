import type { Abi } from 'viem'
import { capacityLeaseAbi } from '../abi/CapacityLease'
import { erc20PermitAbi } from '../abi/ERC20Permit'
import { fleetRegistryAbi } from '../abi/FleetRegistry'
import { fleetShareAbi } from '../abi/FleetShare'
import { meterOracleAbi } from '../abi/MeterOracle'
import { nodeBondsAbi } from '../abi/NodeBonds'
import { nodeSetAbi } from '../abi/NodeSet'
import { primarySaleAbi } from '../abi/PrimarySale'
import { revenueFactoryAbi } from '../abi/RevenueFactory'
import { revenueWaterfallAbi } from '../abi/RevenueWaterfall'
import { stablecoinRegistryAbi } from '../abi/StablecoinRegistry'
import type { Abis, WriteContract } from './contracts'

/** The ABIs of what a write can call. Large: only the lazy part of the page imports it. */
export const abis: Abis = {
  CapacityLease: capacityLeaseAbi,
  FleetRegistry: fleetRegistryAbi,
  FleetShare: fleetShareAbi,
  MeterOracle: meterOracleAbi,
  NodeBonds: nodeBondsAbi,
  NodeSet: nodeSetAbi,
  PrimarySale: primarySaleAbi,
  RevenueFactory: revenueFactoryAbi,
  RevenueWaterfall: revenueWaterfallAbi,
  StablecoinRegistry: stablecoinRegistryAbi,
  Token: erc20PermitAbi,
}

/** The ABI of a contract by its name; null for a name that is none, for the queue in storage may hold one. */
export function abiOf(name: string): Abi | null {
  return isWriteContract(name) ? abis[name] : null
}

export function isWriteContract(name: string): name is WriteContract {
  return Object.hasOwn(abis, name)
}
