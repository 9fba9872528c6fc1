import type { ChainConfig } from '../../config/schema'
import type { Provider } from './provider'
import type { WalletProblem } from './useWallet'
import { walletAnswer, walletProblem } from './walletError'

/** Most wallets refuse a chain whose coin has another name in their own lists; ether is what nearly all of them expect. */
const COIN = { name: 'Ether', symbol: 'ETH', decimals: 18 }

/**
 * Asks a wallet to change to the chain of the configuration, and to add it where it does not know it. Null where it now stands on it; a wallet that refuses to add it
 * leaves that to the person. May take as long as the person takes.
 */
export async function moveTo(chain: ChainConfig, provider: Provider): Promise<WalletProblem | null> {
  const chainId = `0x${chain.id.toString(16)}`
  try {
    await provider.request({ method: 'wallet_switchEthereumChain', params: [{ chainId }] })
  } catch (error) {
    const { kind } = walletAnswer(error)
    if (kind === 'rejected' || kind === 'busy') return walletProblem(error)
    if (kind === 'unsupported') return { code: 'wallet.addChainByHand' }
    try {
      await provider.request({
        method: 'wallet_addEthereumChain',
        params: [
          {
            chainId,
            chainName: chain.name,
            nativeCurrency: COIN,
            rpcUrls: [...chain.rpcs],
            ...(chain.explorer === null ? {} : { blockExplorerUrls: [chain.explorer] }),
          },
        ],
      })
    } catch (refused) {
      return walletAnswer(refused).kind === 'busy' ? walletProblem(refused) : { code: 'wallet.addChainByHand' }
    }
  }
  return (await chainOf(provider)) === chain.id ? null : { code: 'wallet.addChainByHand' }
}

/** The chain a wallet says it stands on; null where it says nothing that can be read. */
export async function chainOf(provider: Provider): Promise<number | null> {
  const answer = await provider.request({ method: 'eth_chainId' })
  if (typeof answer !== 'string' && typeof answer !== 'number') return null
  const id = Number(answer)
  return Number.isSafeInteger(id) && id > 0 ? id : null
}
