import type { NodeError } from './fault'

/** Thrown inside queries only, so that what was told before stays, and a failure is not kept as an answer. */
export class NodeRefused extends Error {
  constructor(readonly error: NodeError) {
    super(error.fault.code)
    this.name = 'NodeRefused'
  }
}
