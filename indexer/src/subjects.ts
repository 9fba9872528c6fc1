import type { AbiParameter } from "viem"
import type { Json, JsonObject } from "./json"

export type Subject = { kind: "fleet" | "lease" | "sale" | "account"; value: string }

const IDS: Readonly<Record<string, Subject["kind"]>> = { fleetId: "fleet", leaseId: "lease", saleId: "sale" }

/** Whose tokens they are: a fleet and a lease are each an ERC-721 title of the same id. */
const TITLES: Readonly<Record<string, Subject["kind"]>> = { FleetRegistry: "fleet", CapacityLease: "lease" }

/** What an event says itself that it is about: the ids and every address among its arguments, at any depth. */
export function subjectsOf(contract: string, inputs: readonly AbiParameter[], args: JsonObject): Subject[] {
  const found = new Map<string, Subject>()
  const title = TITLES[contract]
  const add = (kind: Subject["kind"], value: string) => found.set(`${kind} ${value}`, { kind, value })
  const look = (parameter: AbiParameter, value: Json | undefined): void => {
    if (Array.isArray(value)) {
      const element = { ...parameter, type: parameter.type.slice(0, parameter.type.lastIndexOf("[")) }
      for (const each of value) look(element, each)
    } else if (typeof value === "object" && "components" in parameter) {
      for (const component of parameter.components) look(component, value[component.name ?? ""])
    } else if (typeof value === "string") {
      const kind = parameter.name === "tokenId" ? title : IDS[parameter.name ?? ""]
      if (parameter.type === "address") add("account", value)
      else if (kind !== undefined) add(kind, value)
    }
  }
  for (const input of inputs) look(input, args[input.name ?? ""])
  return [...found.values()]
}
