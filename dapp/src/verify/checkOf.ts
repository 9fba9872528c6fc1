import type { Chain } from '../chain/chain'
import { checkReading, type Asked, type Checked } from '../chain/proof/checkReading'
import { gatherFacts } from '../chain/read/proof'
import type { FromNode, NodeError } from '../node/fault'
import type { ProofModel } from '../node/answers'
import { readProof, readReport } from '../node/read'

/** What came of a check: what a node said and how it stands against the chain, or why no node said anything. */
export type Verification =
  | { readonly said: FromNode<ProofModel>; readonly checked: Checked; readonly block: bigint }
  | { readonly said: null; readonly error: NodeError }

/**
 * Asks a node for a meter's reading in the report of an epoch, and the chain for all it can be held against, and checks the one by the other in this browser.
 * Rejects where the chain cannot be read.
 */
export async function verify(chain: Chain, asked: Asked): Promise<Verification> {
  const { config } = chain
  const said = await readProof(config, asked.epoch, asked.meterId)
  if (!said.ok) return { said: null, error: said.error }
  // The same node's word on the report; where it says nothing of it the reading is checked all the same.
  const [report, facts] = await Promise.all([
    readReport({ ...config, nodes: [said.value.node] }, asked.epoch),
    gatherFacts(chain, asked.epoch),
  ])
  const checked = await checkReading(asked, said.value.value, report.ok ? report.value.value : null, facts)
  return { said: said.value, checked, block: chain.block.number }
}
