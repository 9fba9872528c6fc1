import { createConfig, factory } from "ponder"
import { ABIS, REVENUE_CREATED, shareOffset } from "./src/abis"
import { checkChain } from "./src/chain"
import { type DeployedName, readDeployment } from "./src/deployment"

const path = process.env.WELLHEAD_CONFIG ?? "../build/demo/config.json"
export const deployment = readDeployment(path, process.env.WELLHEAD_INDEXER_RPC)
await checkChain(deployment)

const CHAIN = "wellhead"
/** Anvil and its like: begun anew at will, so that no block of theirs may be remembered from an earlier run. */
const SIMULATED = [1337, 31337]
const { deployedAt: startBlock } = deployment

const at = (name: DeployedName) =>
  ({ chain: CHAIN, address: deployment.contracts[name].address, startBlock }) as const

const created = { address: deployment.contracts.RevenueFactory.address, event: REVENUE_CREATED, startBlock } as const

/** The `index`-th share token of every fleet. A fleet with fewer has a count, a face or a rate where its address would be:
 * a number below 2^96, at which no contract can be. */
const share = (index: number) =>
  ({
    chain: CHAIN,
    abi: ABIS.FleetShare,
    address: factory({ ...created, location: `offset${shareOffset(index)}` }),
    startBlock,
  }) as const

const directory = process.env.WELLHEAD_INDEXER_DIR

export default createConfig({
  ...(process.env.DATABASE_URL === undefined && directory !== undefined
    ? { database: { kind: "pglite" as const, directory } }
    : {}),
  chains: {
    [CHAIN]: {
      id: deployment.chainId,
      rpc: deployment.rpcs,
      ...(SIMULATED.includes(deployment.chainId) ? { disableCache: true, pollingInterval: 1000 } : {}),
    },
  },
  contracts: {
    FleetRegistry: { abi: ABIS.FleetRegistry, ...at("FleetRegistry") },
    StablecoinRegistry: { abi: ABIS.StablecoinRegistry, ...at("StablecoinRegistry") },
    NodeSet: { abi: ABIS.NodeSet, ...at("NodeSet") },
    NodeBonds: { abi: ABIS.NodeBonds, ...at("NodeBonds") },
    MeterOracle: { abi: ABIS.MeterOracle, ...at("MeterOracle") },
    CapacityLease: { abi: ABIS.CapacityLease, ...at("CapacityLease") },
    RevenueFactory: { abi: ABIS.RevenueFactory, ...at("RevenueFactory") },
    OracleFees: { abi: ABIS.OracleFees, ...at("OracleFees") },
    PrimarySale: { abi: ABIS.PrimarySale, ...at("PrimarySale") },
    RevenueWaterfall: {
      chain: CHAIN,
      abi: ABIS.RevenueWaterfall,
      address: factory({ ...created, parameter: "waterfall" }),
      startBlock,
    },
    FleetShare0: share(0),
    FleetShare1: share(1),
    FleetShare2: share(2),
    FleetShare3: share(3),
  },
  // Every block from now on, for the table `head`. Those before are final, or have it only once this one is reached: it
  // would take a request for each. "latest" is what Ponder compares with the database's, not the number that it stands for.
  blocks: { Head: { chain: CHAIN, interval: 1, startBlock: "latest" } },
})
