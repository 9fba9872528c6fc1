import type { Address } from 'viem'
import { inTime, type Provider } from '../wallet/provider'

/** A wallet answers this by itself; one that does not is taken to have no batches. */
const PROBE_MS = 2_000

/**
 * Whether a wallet takes several calls as one (EIP-5792): `supported` now, `ready` after it was allowed to upgrade the account, `none`
 * also where it does not answer.
 */
export async function atomicBatches(provider: Provider, account: Address, chainId: number): Promise<'supported' | 'ready' | 'none'> {
  const hex = `0x${chainId.toString(16)}`
  try {
    const answer = await inTime(provider.request({ method: 'wallet_getCapabilities', params: [account, [hex]] }), PROBE_MS)
    const chains = [field(answer, hex), field(answer, '0x0')]
    const status = chains.map((chain) => field(field(chain, 'atomic'), 'status')).find((each) => each !== undefined)
    return status === 'supported' || status === 'ready' ? status : 'none'
  } catch {
    return 'none'
  }
}

function field(of: unknown, name: string): unknown {
  return typeof of === 'object' && of !== null ? Reflect.get(of, name) : undefined
}
