import type { ChainFacts, Standing } from './chainFacts'
import { finalAtOf, stateHolds, stateOf } from './finality'
import type { SaidReport } from './said'
import type { Step } from './steps'
import { compared, comparedLists, judged, whole } from './steps'

/** What the API said about a report, field by field, against the one that stands. The set hash is compared with what was sent. */
export function checkDetails(said: SaidReport, standing: Standing, facts: ChainFacts): Step[] {
  return [
    compared('details.epoch', standing.epoch, whole(said.epoch)),
    compared('details.root', standing.root, said.root.toLowerCase()),
    compared('details.baseEpoch', standing.baseEpoch, whole(said.base_epoch)),
    compared('details.leafCount', BigInt(standing.leafCount), whole(said.leaf_count)),
    compared('details.minedAt', standing.minedAt, whole(said.mined_at_unix_s)),
    compared('details.finalAt', finalAtOf(standing, facts), whole(said.final_at_unix_s)),
    judged('details.state', stateHolds(said.state, standing, facts), stateOf(standing, facts), said.state),
    comparedLists('details.signers', indexesOf(standing.signers), said.signers),
  ]
}

/** The indexes of a bitmap's set bits, ascending. */
export function indexesOf(bitmap: number): number[] {
  const indexes: number[] = []
  for (let index = 0; index < 32; index++) if ((bitmap >>> index) & 1) indexes.push(index)
  return indexes
}
