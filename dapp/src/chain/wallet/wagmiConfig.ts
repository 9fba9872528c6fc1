import { defineChain } from 'viem'
import { type Config, createConfig, fallback, http } from 'wagmi'
import type { ChainConfig } from '../../config/schema'

/**
 * wagmi for one chain, without connectors and without its own discovery and storage: see `discover` and `remembered`. Its client is used for little, for reads
 * go through `Chain`.
 */
export function wagmiConfig(chain: ChainConfig): Config {
  const own = defineChain({
    id: chain.id,
    name: chain.name,
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: [...chain.rpcs] } },
  })
  return createConfig({
    chains: [own],
    connectors: [],
    multiInjectedProviderDiscovery: false,
    storage: null,
    transports: { [own.id]: fallback(chain.rpcs.map((url) => http(url))) },
  })
}
