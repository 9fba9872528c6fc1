import type { BucketModel } from '../node/answers'

/** The highest level there is (ARCHITECTURE, section 2). */
const KNOWN = 4

/** Levels 0 and 1 rest on the operator's word alone. */
export function trustsOperator(level: number): boolean {
  return level <= 1
}

/** The id of the text that says what a trust level means. */
export function trustText(level: number): string {
  return level >= 0 && level <= KNOWN ? `ui.trust.${level}` : 'ui.trust.unknown'
}

/** Enough epochs to see the newest readings that a node holds, and few enough to be asked for everywhere. */
const LOOK_BACK = 24n

/** The epochs to ask a node for, each as a bucket of its own: one over all of them would have the lowest level of all. */
export function newestEpochs(headEpoch: bigint): { readonly firstEpoch: bigint; readonly lastEpoch: bigint; readonly points: number } {
  return { firstEpoch: headEpoch > LOOK_BACK ? headEpoch - LOOK_BACK : 1n, lastEpoch: headEpoch, points: Number(LOOK_BACK) + 1 }
}

/** The level of the newest readings among buckets in order; null where there are none. */
export function newestTrust(buckets: readonly Pick<BucketModel, 'trust_level'>[]): number | null {
  return buckets.findLast(({ trust_level }) => trust_level !== null)?.trust_level ?? null
}
