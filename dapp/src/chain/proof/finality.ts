import type { ChainFacts, Standing } from './chainFacts'

/** `standing` may still be dropped on evidence; `final` may not. */
export type ReportState = 'standing' | 'final'

/** When a report's dispute window ends, Unix seconds. */
export function finalAtOf(standing: Standing, facts: ChainFacts): bigint {
  return standing.minedAt + facts.disputeWindow
}

/** Whether a report is final at the block that the facts were read at. */
export function stateOf(standing: Standing, facts: ChainFacts): ReportState {
  return facts.now >= finalAtOf(standing, facts) ? 'final' : 'standing'
}

/** Whether what was said of a report's state holds. `standing` always does: an answer may be a moment older than the block, and says less. */
export function stateHolds(said: string, standing: Standing, facts: ChainFacts): boolean {
  return said === 'standing' || said === stateOf(standing, facts)
}
