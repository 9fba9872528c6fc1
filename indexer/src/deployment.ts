import { readFileSync } from "node:fs"
import { type Address, type Hex, getAddress, isAddress, isHash } from "viem"

/** The contracts that are deployed once. A fleet's waterfall and share tokens are found by RevenueFactory's events. */
export const DEPLOYED = [
  "FleetRegistry",
  "StablecoinRegistry",
  "NodeSet",
  "NodeBonds",
  "MeterOracle",
  "CapacityLease",
  "RevenueFactory",
  "OracleFees",
  "PrimarySale",
] as const
export type DeployedName = (typeof DEPLOYED)[number]

/** What the indexer needs of the page's config.json. */
export type Deployment = {
  chainId: number
  rpcs: string[]
  /** The block of the first contract; nothing of Wellhead is before it. */
  deployedAt: number
  contracts: Record<DeployedName, { address: Address; codeHash: Hex }>
}

export class DeploymentError extends Error {
  override readonly name = "DeploymentError"
}

/** Reads config.json. `ownRpc` is asked instead of the RPCs there, which are the page's and public. Throws DeploymentError
 * with what is wrong and where. */
export function readDeployment(path: string, ownRpc?: string): Deployment {
  let json: unknown
  try {
    json = JSON.parse(readFileSync(path, "utf8"))
  } catch (error) {
    throw new DeploymentError(`cannot read ${path} (${String(error)}): name the page's config.json as WELLHEAD_CONFIG`)
  }
  const wrong = (where: string, what: string) => new DeploymentError(`${path}: ${where} must be ${what}`)
  const field = (value: unknown, where: string): unknown =>
    where.split(".").reduce<unknown>(
      (part, name) => (typeof part === "object" && part !== null ? new Map(Object.entries(part)).get(name) : undefined),
      value,
    )
  const whole = (where: string, least: number): number => {
    const value = field(json, where)
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < least) {
      throw wrong(where, `a whole number from ${least} on`)
    }
    return value
  }
  const contract = (name: DeployedName): { address: Address; codeHash: Hex } => {
    const address = field(json, `contracts.${name}.address`)
    const codeHash = field(json, `contracts.${name}.codeHash`)
    if (typeof address !== "string" || !isAddress(address)) throw wrong(`contracts.${name}.address`, "an address")
    if (typeof codeHash !== "string" || !isHash(codeHash)) throw wrong(`contracts.${name}.codeHash`, "a keccak256 hash")
    return { address: getAddress(address), codeHash }
  }
  const rpcs = field(json, "chain.rpcs")
  const isUrl = (url: unknown): url is string => typeof url === "string" && /^https?:\/\/\S+$/.test(url)
  if (!Array.isArray(rpcs) || rpcs.length === 0 || !rpcs.every(isUrl)) {
    throw wrong("chain.rpcs", "a list of one or more http(s) addresses")
  }
  // It may hold a provider's key, so it is not repeated.
  if (ownRpc !== undefined && !isUrl(ownRpc)) throw new DeploymentError("WELLHEAD_INDEXER_RPC must be an http(s) address")
  return {
    chainId: whole("chain.id", 1),
    rpcs: ownRpc === undefined ? rpcs : [ownRpc],
    deployedAt: whole("deployedAt", 0),
    contracts: {
      FleetRegistry: contract("FleetRegistry"),
      StablecoinRegistry: contract("StablecoinRegistry"),
      NodeSet: contract("NodeSet"),
      NodeBonds: contract("NodeBonds"),
      MeterOracle: contract("MeterOracle"),
      CapacityLease: contract("CapacityLease"),
      RevenueFactory: contract("RevenueFactory"),
      OracleFees: contract("OracleFees"),
      PrimarySale: contract("PrimarySale"),
    },
  }
}
