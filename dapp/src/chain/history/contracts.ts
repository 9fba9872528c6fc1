import { capacityLeaseAbi } from '../abi/CapacityLease'
import { fleetRegistryAbi } from '../abi/FleetRegistry'
import { fleetShareAbi } from '../abi/FleetShare'
import { meterOracleAbi } from '../abi/MeterOracle'
import { nodeBondsAbi } from '../abi/NodeBonds'
import { nodeSetAbi } from '../abi/NodeSet'
import { oracleFeesAbi } from '../abi/OracleFees'
import { primarySaleAbi } from '../abi/PrimarySale'
import { revenueFactoryAbi } from '../abi/RevenueFactory'
import { revenueWaterfallAbi } from '../abi/RevenueWaterfall'
import { stablecoinRegistryAbi } from '../abi/StablecoinRegistry'

/** Whose events there are. RevenueWaterfall and FleetShare are clones, found by RevenueFactory's event. */
export const eventAbis = {
  CapacityLease: capacityLeaseAbi,
  FleetRegistry: fleetRegistryAbi,
  FleetShare: fleetShareAbi,
  MeterOracle: meterOracleAbi,
  NodeBonds: nodeBondsAbi,
  NodeSet: nodeSetAbi,
  OracleFees: oracleFeesAbi,
  PrimarySale: primarySaleAbi,
  RevenueFactory: revenueFactoryAbi,
  RevenueWaterfall: revenueWaterfallAbi,
  StablecoinRegistry: stablecoinRegistryAbi,
} as const

export type EventAbis = typeof eventAbis
export type EventContract = keyof EventAbis
