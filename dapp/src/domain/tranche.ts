export type Rank = 'senior' | 'between' | 'equity'

/** The place of a tranche in its waterfall: `index` counts from 0 at the most senior of `count`. The last is equity, one that is alone too. */
export function rankOf(index: number, count: number): Rank {
  if (index === count - 1) return 'equity'
  return index === 0 ? 'senior' : 'between'
}
