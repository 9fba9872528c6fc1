import { setTimeout } from "node:timers/promises"
import { type PublicClient, createPublicClient, fallback, http, keccak256 } from "viem"
import { DEPLOYED, type Deployment, DeploymentError } from "./deployment"

/** How long an RPC that is behind what is stored may take to catch up, and how often it is asked. */
const PATIENCE_MS = 60_000
const PAUSE_MS = 1000

/** A client that asks the RPCs one after the other. */
export function clientOf({ rpcs }: Deployment): PublicClient {
  return createPublicClient({ transport: fallback(rpcs.map((url) => http(url))) })
}

/** Throws DeploymentError unless the chain behind the RPCs is that of config.json and the contracts' code is there. */
export async function checkChain(deployment: Deployment): Promise<void> {
  const client = clientOf(deployment)
  const chainId = await client.getChainId().catch((error: unknown) => {
    const why = String(error).split("\n", 1)[0] ?? ""
    throw new DeploymentError(`no RPC answers (${why}): correct chain.rpcs in config.json, or WELLHEAD_INDEXER_RPC`)
  })
  if (chainId !== deployment.chainId) {
    throw new DeploymentError(`the RPC is of chain ${chainId}, config.json of chain ${deployment.chainId}: correct one`)
  }
  for (const name of DEPLOYED) {
    const { address, codeHash } = deployment.contracts[name]
    const code = await client.getCode({ address })
    if (code === undefined || keccak256(code) !== codeHash.toLowerCase()) {
      throw new DeploymentError(`the code at ${address} is not that of ${name} in config.json: correct its address or codeHash`)
    }
  }
}

/** What is stored: its newest event, and the block it reaches. */
export type Stored = { event: { block: bigint; hash: string } | null; head: { block: bigint; time: bigint } | null }

/** Throws DeploymentError when what is stored is of another chain with the same id: a simulated one begun anew. Waits for
 * an RPC that is behind what is stored: which of the two it is, only its blocks say. */
export async function checkStored(client: PublicClient, { event, head }: Stored): Promise<void> {
  const same =
    (event === null || (await blockAt(client, event.block)).hash === event.hash) &&
    (head === null || (await blockAt(client, head.block)).timestamp === head.time)
  if (!same) {
    throw new DeploymentError(
      "the database holds the events of another chain with this id: remove its folder, or name another DATABASE_SCHEMA",
    )
  }
}

async function blockAt(client: PublicClient, blockNumber: bigint): Promise<{ hash: string; timestamp: bigint }> {
  const deadline = Date.now() + PATIENCE_MS
  for (let said = false; ; said = true) {
    const newest = await client.getBlockNumber({ cacheTime: 0 })
    if (blockNumber <= newest) return client.getBlock({ blockNumber })
    const behind = `the RPC is at block ${newest}, the database at block ${blockNumber}`
    if (Date.now() > deadline) {
      throw new DeploymentError(`${behind}: give another RPC, or if the chain was begun anew remove the database's folder`)
    }
    if (!said) process.stderr.write(`indexer: ${behind}: waiting for it\n`)
    await setTimeout(PAUSE_MS)
  }
}
