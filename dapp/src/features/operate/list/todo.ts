import type { Fleet } from '../../../chain/read/fleets'

/** What a fleet's operator should do or know, most pressing first; ids `operate.todo.<code>`. `wait`: nothing for the operator to do. */
export type Todo =
  | { readonly code: 'publishInventory' }
  | { readonly code: 'allocate'; readonly count: number }
  | { readonly code: 'bond' }
  | { readonly code: 'distribute' }
  | { readonly code: 'claim' }
  | { readonly code: 'unreached'; readonly nodes: number }
  | { readonly code: 'wait' }
  | { readonly code: 'delisted' }

export type TodoCode = Todo['code']

/** What is known of a fleet beside its own account. */
export interface Known {
  /** Open leases that no GPU serves. */
  readonly unserved: number
  /** Nodes that have a site for this fleet and do not reach it. */
  readonly unreached: number
  /** Unix seconds of the chain. */
  readonly now: bigint
}

/** What needs doing, by the fleet as it stands at one block. */
export function todosOf(fleet: Fleet, { unserved, unreached, now }: Known): readonly Todo[] {
  const { status, inventory, account, waterfall } = fleet
  const todos: Todo[] = []
  if (inventory === null) todos.push({ code: 'publishInventory' })
  else if (status === 'proposed') todos.push({ code: 'wait' })
  if (unserved > 0) todos.push({ code: 'allocate', count: unserved })
  if (unreached > 0) todos.push({ code: 'unreached', nodes: unreached })
  if (status === 'listed' && account.bond === 0n) todos.push({ code: 'bond' })
  // An empty till can be distributed too, and needs nobody to hurry.
  if (waterfall !== null && account.money.till > 0n && now >= waterfall.nextDistributionAt) todos.push({ code: 'distribute' })
  if (waterfall !== null && waterfall.fees.operator > 0n) todos.push({ code: 'claim' })
  if (status === 'delisted') todos.push({ code: 'delisted' })
  return todos
}
