import { CONTRACT_NAMES } from '../config/schema'
import type { Chain } from './chain'
import { readCodeHashes } from './codeHashes'
import type { Deployment, WrongDeployment } from './deployment'
import type { RpcStatus } from './head'

/** Compares the code of every configured contract with its hash. Rejects when the RPC does not answer. */
export async function checkDeployment(chain: Chain): Promise<Deployment> {
  const { contracts } = chain.config
  const hashes = await readCodeHashes(
    chain,
    CONTRACT_NAMES.map((name) => contracts[name].address),
  )
  const what = CONTRACT_NAMES.flatMap((contract, place): WrongDeployment[] => {
    const { address, codeHash } = contracts[contract]
    const hash = hashes[place] ?? null
    if (hash === codeHash) return []
    return [{ code: hash === null ? 'deployment.noCode' : 'deployment.wrongCode', args: { contract, address } }]
  })
  return what.length === 0 ? { state: 'ok' } : { state: 'wrong', what }
}

/** What is wrong when no RPC is on the configured chain; null as long as one might be. */
export function wrongChains(expected: number, rpcs: readonly RpcStatus[]): Deployment | null {
  const wrong = rpcs.filter((rpc) => rpc.fault === 'wrongChain')
  if (rpcs.length === 0 || wrong.length < rpcs.length) return null
  const what = wrong.map(({ url, chainId }): WrongDeployment => {
    return { code: 'deployment.wrongChain', args: { expected: String(expected), actual: String(chainId), url } }
  })
  return { state: 'wrong', what }
}
