import { type AbiEvent, type AbiParameter, getAbiItem } from "viem"
import { capacityLeaseAbi } from "../../dapp/src/chain/abi/CapacityLease"
import { fleetRegistryAbi } from "../../dapp/src/chain/abi/FleetRegistry"
import { fleetShareAbi } from "../../dapp/src/chain/abi/FleetShare"
import { meterOracleAbi } from "../../dapp/src/chain/abi/MeterOracle"
import { nodeBondsAbi } from "../../dapp/src/chain/abi/NodeBonds"
import { nodeSetAbi } from "../../dapp/src/chain/abi/NodeSet"
import { oracleFeesAbi } from "../../dapp/src/chain/abi/OracleFees"
import { primarySaleAbi } from "../../dapp/src/chain/abi/PrimarySale"
import { revenueFactoryAbi } from "../../dapp/src/chain/abi/RevenueFactory"
import { revenueWaterfallAbi } from "../../dapp/src/chain/abi/RevenueWaterfall"
import { stablecoinRegistryAbi } from "../../dapp/src/chain/abi/StablecoinRegistry"

/** The ABIs by the contract's name: those that the page is typed by, made from the compiled contracts. */
export const ABIS = {
  FleetRegistry: fleetRegistryAbi,
  StablecoinRegistry: stablecoinRegistryAbi,
  NodeSet: nodeSetAbi,
  NodeBonds: nodeBondsAbi,
  MeterOracle: meterOracleAbi,
  CapacityLease: capacityLeaseAbi,
  RevenueFactory: revenueFactoryAbi,
  OracleFees: oracleFeesAbi,
  PrimarySale: primarySaleAbi,
  RevenueWaterfall: revenueWaterfallAbi,
  FleetShare: fleetShareAbi,
} as const

export type ContractName = keyof typeof ABIS

export const REVENUE_CREATED = getAbiItem({ abi: revenueFactoryAbi, name: "RevenueCreated" })

/** The most tranches, and so share tokens, that RevenueFactory gives a fleet: its MAX_TRANCHES. */
export const MAX_SHARES = 4

/** The events of a contract. */
export function eventsOf(contract: ContractName): AbiEvent[] {
  const events: AbiEvent[] = []
  for (const entry of ABIS[contract]) if (entry.type === "event") events.push(entry)
  return events
}

/** Where the address of the `index`-th share token stands in the data of a RevenueCreated, bytes. `shares` is its first
 * argument of variable length, so its elements follow the fixed part and their own count. */
export function shareOffset(index: number): number {
  const inData = REVENUE_CREATED.inputs.filter((input) => !input.indexed)
  const fixed = inData.reduce((sum, each) => sum + words(each), 0)
  return 32 * (fixed + 1 + index)
}

/** How many words a parameter takes in the fixed part of ABI-encoded data. */
function words(parameter: AbiParameter): number {
  if (parameter.type !== "tuple" || !("components" in parameter) || isDynamic(parameter)) return 1
  return parameter.components.reduce((sum, each) => sum + words(each), 0)
}

function isDynamic(parameter: AbiParameter): boolean {
  if (["string", "bytes"].includes(parameter.type) || parameter.type.endsWith("[]")) return true
  return "components" in parameter && parameter.components.some(isDynamic)
}
