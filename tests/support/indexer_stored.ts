/** What the indexer says to an RPC when its database reaches to a block: config.json, block and time on the command line.
 * Run by vite-node in indexer/. */
import { checkStored, clientOf } from "../../indexer/src/chain"
import { readDeployment } from "../../indexer/src/deployment"

const [config, block, time] = process.argv.slice(2)
try {
  const head = { block: BigInt(block ?? ""), time: BigInt(time ?? "") }
  await checkStored(clientOf(readDeployment(config ?? "")), { event: null, head })
  console.log("accepted")
} catch (error) {
  console.log(String(error))
}
