/** Tells of each id whether it exists. Ids go up from 1 without gaps. */
export type Exist = (ids: readonly bigint[]) => Promise<readonly boolean[]>

const FIRST_LOOK = 8
const POINTS = 32n

/**
 * How many there are, where the contract keeps no count that can be asked: the first few ids and the powers of four from 16 to 2^32 are looked at in
 * one round, then 32 points a round between what exists and what does not. Up to 7: one round; up to 1,000: three.
 */
export async function countUp(exist: Exist): Promise<bigint> {
  const near = Array.from({ length: FIRST_LOOK }, (_, index) => BigInt(index + 1))
  const far = Array.from({ length: 15 }, (_, power) => 4n ** BigInt(power + 2))
  let [low, high] = between([...near, ...far], await exist([...near, ...far]), 0n, 1n << 33n)
  while (high - low > 1n) {
    const gap = high - low
    const steps = gap - 1n < POINTS ? gap - 1n : POINTS
    const ids = Array.from({ length: Number(steps) }, (_, index) => low + (gap * BigInt(index + 1)) / (steps + 1n))
    const found = await exist(ids)
    ;[low, high] = between(ids, found, low, high)
  }
  return low
}

/** The greatest id up to which all that were looked at exist, and the smallest that does not. */
function between(ids: readonly bigint[], found: readonly boolean[], low: bigint, high: bigint): [bigint, bigint] {
  const missing = found.findIndex((exists) => !exists)
  const last = missing === -1 ? ids.length : missing
  return [ids[last - 1] ?? low, ids[last] ?? high]
}
