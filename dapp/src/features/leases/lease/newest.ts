import type { UseQueryResult } from '@tanstack/react-query'
import type { Lease } from '../../../chain/read/leases'
import type { Oracle } from '../../../chain/read/oracle'
import { periodEnd } from '../../../domain/periodEnd'
import type { LeaseModel } from '../../../node/answers'
import type { NodeFault, NodeResult } from '../../../node/fault'
import { saidOf, type Said } from '../logic/said'

/** What a node says of a lease, or why there is nothing. `wrong`: it spoke of another meter, or gave no reading. */
export type Newest =
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed'; readonly fault: NodeFault; readonly again: () => void }
  /** No newest report has the lease: it is closed, or has not begun. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'wrong'; readonly node: string }
  | { readonly kind: 'said'; readonly node: string; readonly standing: Said | null; readonly final: Said | null }

/** Whether the newest reports can have a lease: one that is not closed and began before the newest report's period ended. */
export function isCovered({ terms, account }: Pick<Lease, 'terms' | 'account'>, oracle: Oracle): boolean {
  return !account.closed && oracle.headEpoch > 0n && periodEnd(oracle, oracle.headEpoch) > terms.start
}

export function newestOf({ data, refetch }: UseQueryResult<NodeResult<LeaseModel>>, meterId: bigint, covered: boolean): Newest {
  if (!covered) return { kind: 'absent' }
  if (data === undefined) return { kind: 'loading' }
  if (!data.ok && data.error.fault.code === 'node.notFound') return { kind: 'absent' }
  if (!data.ok) return { kind: 'failed', fault: data.error.fault, again: () => void refetch() }
  const { node, value } = data.value
  const standing = value.standing === null ? null : saidOf(value.standing, meterId)
  const final = value.final === null ? null : saidOf(value.final, meterId)
  const lies = (value.standing !== null && standing === null) || (value.final !== null && final === null)
  return lies ? { kind: 'wrong', node } : { kind: 'said', node, standing, final }
}
