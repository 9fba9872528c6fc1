import type { RpcStatus } from './head'

/** An RPC this many blocks behind the freshest is left for it; below that nothing is gained by changing. */
const BEHIND = 1n

/**
 * The RPC to read from: the freshest that answers well, but the one in use as long as it is at most a block behind; null when none does.
 * Of equals the first in the configuration.
 */
export function pick(rpcs: readonly RpcStatus[], current: string | null): RpcStatus | null {
  const healthy = rpcs.filter((rpc) => rpc.fault === null && rpc.block !== null)
  const best = healthy.reduce<RpcStatus | null>((top, rpc) => (top === null || heightOf(rpc) > heightOf(top) ? rpc : top), null)
  const held = healthy.find((rpc) => rpc.url === current)
  return best !== null && held !== undefined && heightOf(best) - heightOf(held) <= BEHIND ? held : best
}

function heightOf(rpc: RpcStatus): bigint {
  return rpc.block?.number ?? -1n
}
