import type { ChainFacts, Standing } from './chainFacts'
import { checkDetails } from './checkDetails'
import { checkSignatures } from './checkSignatures'
import { hexOf } from './bytes'
import { finalAtOf, stateHolds, stateOf } from './finality'
import { meterLeaf, rootOfProof } from './merkle'
import { meterIdParts } from './meterId'
import { flagNames, trustLevel, unpackReading } from './reading'
import type { SaidMeter, SaidReading, SaidReport } from './said'
import { uintOfDigits } from './said'
import type { Step } from './steps'
import { compared, comparedLists, firstFailure, judged, verdictOf, whole } from './steps'

/** What a person asked for: the meter id as the page made it (meterId.ts), never as the API said it. */
export interface Asked {
  readonly meterId: bigint
  readonly epoch: bigint
}

/** All steps in order, the first that failed, and what they come to. */
export interface Checked {
  readonly verdict: 'ok' | 'failed' | 'incomplete'
  readonly firstFailure: Step | null
  readonly steps: readonly Step[]
}

/**
 * Checks that a reading, as the node API said it, is what the chain has: that its parts are those of its word, that its leaf and proof
 * lead to the root that stands on-chain, and that a quorum of the nodes of that epoch signed that root. Every step that can be taken is
 * taken. `report` is what the API said about the report, null when it was not asked. Nothing that was said makes this throw.
 */
export async function checkReading(
  asked: Asked,
  said: SaidReading,
  report: SaidReport | null,
  facts: ChainFacts,
): Promise<Checked> {
  const steps = [
    compared('asked.epoch', asked.epoch, whole(said.epoch)),
    ...checkMeter(asked, said.meter),
    ...checkWord(asked, said),
    ...checkStanding(asked, said, facts),
  ]
  const standing = standingOf(asked, facts)
  if (standing !== null) {
    if (report !== null) steps.push(...checkDetails(report, standing, facts))
    steps.push(...(await checkSignatures(standing, report, facts)))
  }
  return { verdict: verdictOf(steps), firstFailure: firstFailure(steps), steps }
}

function checkMeter(asked: Asked, meter: SaidMeter): Step[] {
  const { kind, number } = meterIdParts(asked.meterId)
  return [
    compared('asked.meter', asked.meterId, uintOfDigits(meter.meter_id) ?? meter.meter_id),
    compared('meter.kind', kind, meter.kind),
    compared('meter.number', number, uintOfDigits(meter.number) ?? meter.number),
  ]
}

/** The parts of the reading that screens show, against the word that the proof is of. */
function checkWord(asked: Asked, said: SaidReading): Step[] {
  const { meter } = said
  const word = uintOfDigits(meter.reading)
  if (word === null) return [judged('reading.word', false, null, meter.reading)]
  const reading = unpackReading(word)
  return [
    judged('reading.word', true, word, word),
    compared('reading.measured', reading.measured, whole(meter.measured_unit_s)),
    compared('reading.delivered', reading.delivered, whole(meter.delivered_unit_s)),
    compared('reading.utilised', reading.utilised, whole(meter.utilised_unit_s)),
    compared('reading.breached', reading.breached, whole(meter.breached_unit_s)),
    compared('reading.energyWh', reading.energyWh, whole(meter.energy_wh)),
    compared('reading.trustLevel', BigInt(trustLevel(reading)), whole(meter.trust_level)),
    comparedLists('reading.flags', flagNames(reading), meter.flags),
    compared('reading.leaf', hexOf(meterLeaf(asked.meterId, word)), said.leaf.toLowerCase()),
  ]
}

/** The root that stands, and the one that the meter asked for, the reading said and the proof given lead to. */
function checkStanding(asked: Asked, said: SaidReading, facts: ChainFacts): Step[] {
  const standing = standingOf(asked, facts)
  if (standing === null) return [compared('report.standing', asked.epoch, facts.standing?.epoch ?? null)]
  const word = uintOfDigits(said.meter.reading)
  const proven = word === null ? null : rootOfProof(meterLeaf(asked.meterId, word), said.proof)
  return [
    compared('report.standing', asked.epoch, standing.epoch),
    compared('report.root', standing.root, said.root.toLowerCase()),
    judged('report.state', stateHolds(said.state, standing, facts), stateOf(standing, facts), said.state),
    compared('report.finalAt', finalAtOf(standing, facts), whole(said.final_at_unix_s)),
    compared('proof.root', standing.root, proven),
  ]
}

function standingOf(asked: Asked, facts: ChainFacts): Standing | null {
  return facts.standing?.epoch === asked.epoch ? facts.standing : null
}
