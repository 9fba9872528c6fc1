import type { Lease } from '../../chain/read/leases'

/**
 * Where a lease stands at a moment. `terminated`: stopped early, and not yet closed by its last reading; `ended`: its term is over and it waits for its
 * last reading; `closed`: settled for good, however it came to its end.
 */
export type LeaseState = 'future' | 'running' | 'suspended' | 'terminated' | 'ended' | 'closed'

export type Dates = Pick<Lease, 'terms' | 'state'>

/** `now`: Unix seconds of the chain. */
export function stateOf({ terms, state, account }: Pick<Lease, 'terms' | 'state' | 'account'>, now: bigint): LeaseState {
  if (account.closed) return 'closed'
  if (state.stop > 0n && state.stop < terms.end) return 'terminated'
  if (now >= terms.end) return 'ended'
  if (state.suspendedAt > 0n) return 'suspended'
  return now < terms.start ? 'future' : 'running'
}

/** LeaseLedger._termEnd: its end, or its stop where that is earlier. Unix seconds. */
export function termEnd({ terms, state }: Dates): bigint {
  return state.stop > 0n && state.stop < terms.end ? state.stop : terms.end
}
