import type { Oracle } from '../chain/read/oracle'

/** When an epoch ends, Unix seconds: genesis + (epoch + 1) L. */
export function periodEnd(oracle: Pick<Oracle, 'genesis' | 'epochLength'>, epoch: bigint): bigint {
  return oracle.genesis + (epoch + 1n) * oracle.epochLength
}
