import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { isHex, type Address } from 'viem'
import { objectOf } from '../json'
import { startOwnAnvil } from '../ownAnvil'
import { test as withWorld } from '../test'
import type { World } from '../world'

const HERE = new URL('.', import.meta.url)
const ARTIFACT = fileURLToPath(new URL('../../../../build/forge/TestUSD.sol/TestUSD.json', import.meta.url))
/** As the real server's, which names those of config.json; pictures from elsewhere are left to the guard. */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data: http://127.0.0.1:*; connect-src 'self' RPC"
const TYPES: Readonly<Record<string, string>> = { 'index.html': 'text/html', 'page.js': 'text/javascript' }

/** The harness's fixtures on a page of a few lines and an empty chain: for what the harness itself must be able to do. */
export const test = withWorld.extend<object, { world: World }>({
  world: [
    // eslint-disable-next-line no-empty-pattern
    async ({}, use) => {
      const anvil = await startOwnAnvil()
      const server = createServer((request, response) => {
        const name = (request.url ?? '/').slice(1) || 'index.html'
        const type = TYPES[name]
        response.setHeader('content-security-policy', POLICY.replace('RPC', anvil.chain.url))
        if (name === 'config.json') response.setHeader('content-type', 'application/json').end(JSON.stringify({ chain: { id: anvil.chain.id, rpcs: [anvil.chain.url] }, nodes: [], indexer: null }))
        else if (type === undefined) response.writeHead(404).end()
        else response.setHeader('content-type', type).end(readFileSync(new URL(name, HERE)))
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      await use({ rpcUrl: anvil.chain.url, pageUrl: `http://127.0.0.1:${port}/`, nodes: [], indexer: null, contracts: {}, currency: await deployToken(anvil.chain.client), keys: {}, newcomersInventory: '' })
      server.close()
      server.closeAllConnections()
      await anvil.stop()
    },
    { scope: 'worker' },
  ],
})

async function deployToken(client: Awaited<ReturnType<typeof startOwnAnvil>>['chain']['client']): Promise<Address> {
  const code = objectOf(objectOf(JSON.parse(readFileSync(ARTIFACT, 'utf8')))['bytecode'])['object']
  const [account] = await client.getAddresses()
  if (!isHex(code) || account === undefined) throw new Error(`no bytecode in ${ARTIFACT}`)
  const { contractAddress } = await client.waitForTransactionReceipt({ hash: await client.sendTransaction({ chain: null, account, data: code }) })
  if (contractAddress === null || contractAddress === undefined) throw new Error('the token was not deployed')
  return contractAddress
}
