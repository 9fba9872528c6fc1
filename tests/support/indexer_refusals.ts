/** What the indexer says to each config.json named on the command line, one line each. Run by vite-node in indexer/. */
import { checkChain } from "../../indexer/src/chain"
import { readDeployment } from "../../indexer/src/deployment"

for (const path of process.argv.slice(2)) {
  try {
    await checkChain(readDeployment(path, process.env.WELLHEAD_INDEXER_RPC))
    console.log("accepted")
  } catch (error) {
    console.log(String(error).replaceAll("\n", " "))
  }
}
