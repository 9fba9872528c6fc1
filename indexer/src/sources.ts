import type { AbiEvent } from "viem"
import { type ContractName, eventsOf } from "./abis"

/** One kind of event: what Ponder calls it, and whose it is. */
export type Source = { ponderName: string; contract: ContractName; abiEvent: AbiEvent }

/** Every event of every contract of ponder.config.ts, by the names there. A fleet's share tokens are one contract for each
 * place that RevenueCreated has for them. */
export function sources(configured: Iterable<string>): Source[] {
  return [...configured].flatMap((key) => {
    const contract = contractOf(key)
    return eventsOf(contract).map((abiEvent) => ({ ponderName: `${key}:${abiEvent.name}`, contract, abiEvent }))
  })
}

function contractOf(key: string): ContractName {
  switch (key) {
    case "FleetShare0":
    case "FleetShare1":
    case "FleetShare2":
    case "FleetShare3":
      return "FleetShare"
    case "FleetRegistry":
    case "StablecoinRegistry":
    case "NodeSet":
    case "NodeBonds":
    case "MeterOracle":
    case "CapacityLease":
    case "RevenueFactory":
    case "OracleFees":
    case "PrimarySale":
    case "RevenueWaterfall":
      return key
    default:
      throw new TypeError(`${key} of ponder.config.ts has no ABI here`)
  }
}
