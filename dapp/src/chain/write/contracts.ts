import type { capacityLeaseAbi } from '../abi/CapacityLease'
import type { erc20PermitAbi } from '../abi/ERC20Permit'
import type { fleetRegistryAbi } from '../abi/FleetRegistry'
import type { fleetShareAbi } from '../abi/FleetShare'
import type { meterOracleAbi } from '../abi/MeterOracle'
import type { nodeBondsAbi } from '../abi/NodeBonds'
import type { nodeSetAbi } from '../abi/NodeSet'
import type { primarySaleAbi } from '../abi/PrimarySale'
import type { revenueFactoryAbi } from '../abi/RevenueFactory'
import type { revenueWaterfallAbi } from '../abi/RevenueWaterfall'
import type { stablecoinRegistryAbi } from '../abi/StablecoinRegistry'

/** The contracts a write can call, by the names of the project; `Token` is any payment token (ERC-20 with ERC-2612). Types only: see abis.ts. */
export interface Abis {
  readonly CapacityLease: typeof capacityLeaseAbi
  readonly FleetRegistry: typeof fleetRegistryAbi
  readonly FleetShare: typeof fleetShareAbi
  readonly MeterOracle: typeof meterOracleAbi
  readonly NodeBonds: typeof nodeBondsAbi
  readonly NodeSet: typeof nodeSetAbi
  readonly PrimarySale: typeof primarySaleAbi
  readonly RevenueFactory: typeof revenueFactoryAbi
  readonly RevenueWaterfall: typeof revenueWaterfallAbi
  readonly StablecoinRegistry: typeof stablecoinRegistryAbi
  readonly Token: typeof erc20PermitAbi
}

export type WriteContract = keyof Abis
