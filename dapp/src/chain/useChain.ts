import type { Chain } from './chain'
import { useWatched } from './context'

/** The chain at its newest known block; null until a first head was seen. Pages read by useChainQuery, which waits for it. */
export function useChain(): Chain | null {
  return useWatched().chain
}
