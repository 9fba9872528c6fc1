import type { Result } from '../format/result'

/**
 * Why a node gave no answer that can be used; ids `errors.<code>` in src/chain/messages. `notFound` is an answer: the node does not hold what was
 * asked for.
 */
export type NodeFault =
  | { readonly code: 'node.none'; readonly args: Readonly<Record<string, never>> }
  | { readonly code: 'node.unreachable'; readonly args: { readonly url: string } }
  | { readonly code: 'node.timedOut'; readonly args: { readonly url: string; readonly seconds: string } }
  | { readonly code: 'node.tooLarge'; readonly args: { readonly url: string; readonly megabytes: string } }
  | { readonly code: 'node.notFound'; readonly args: { readonly url: string } }
  | { readonly code: 'node.refused'; readonly args: { readonly url: string; readonly status: string } }
  | { readonly code: 'node.notJson'; readonly args: { readonly url: string } }
  | { readonly code: 'node.malformed'; readonly args: { readonly url: string; readonly field: string } }

/** Why one node gave no answer. */
export interface NodeFailure {
  readonly node: string
  readonly fault: NodeFault
}

/** Why no node answered, the nodes in the order they were asked; `fault` is the most telling of them. */
export interface NodeError {
  readonly fault: NodeFault
  readonly all: readonly NodeFailure[]
}

/** An answer and the node that gave it: the first of the configuration's that answered well. `passedOver`: why those before it did not. */
export interface FromNode<T> {
  readonly value: T
  readonly node: string
  readonly passedOver: readonly NodeFailure[]
}

export type NodeResult<T> = Result<FromNode<T>, NodeError>
