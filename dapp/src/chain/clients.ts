import type { Chain, Client, HttpTransport } from 'viem'
import { createClient, defineChain, http } from 'viem'
import type { ChainConfig } from '../config/schema'

/**
 * A client of one RPC, without viem's actions as methods: they are imported one by one from viem/actions, so that the page does not carry those
 * that it never takes.
 */
export type ReadClient = Client<HttpTransport, Chain>

/** Where Multicall3 is on every chain that has it. A development chain has not. */
export const MULTICALL3 = '0xcA11bde05977b3631167028862bE2a173976CA11'

const TIMEOUT_MS = 10_000
const POLL_TIMEOUT_MS = 5_000
/** Bytes of calldata in one aggregated call: some two hundred calls, which take a tenth of the gas that nodes give a call. */
const MULTICALL_BYTES = 8_192
/** Requests in one JSON-RPC batch. */
const BATCH = 100

/**
 * A client of one RPC for reads. Calls of one turn of the event loop go out together: as one Multicall3 call where the chain has it, and
 * everything else (all of it, where it has not) as one JSON-RPC batch. No retries here: whoever asks again asks with a newer block.
 */
export function readClient(chain: ChainConfig, url: string, hasMulticall: boolean): ReadClient {
  return createClient({
    chain: definitionOf(chain, url, hasMulticall),
    transport: http(url, { batch: { batchSize: BATCH }, timeout: TIMEOUT_MS, retryCount: 0 }),
    ...(hasMulticall ? { batch: { multicall: { batchSize: MULTICALL_BYTES } } } : {}),
    cacheTime: 0,
    // A contract could send the page to any address otherwise.
    ccipRead: false,
  })
}

/** A client that asks one RPC for its head, and does not wait long. */
export function pollClient(chain: ChainConfig, url: string): ReadClient {
  return createClient({
    chain: definitionOf(chain, url, false),
    transport: http(url, { batch: true, timeout: POLL_TIMEOUT_MS, retryCount: 0 }),
    cacheTime: 0,
    ccipRead: false,
  })
}

function definitionOf({ id, name }: ChainConfig, url: string, hasMulticall: boolean) {
  return defineChain({
    id,
    name,
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: [url] } },
    ...(hasMulticall ? { contracts: { multicall3: { address: MULTICALL3 } } } : {}),
  })
}
