import type { Hex } from 'viem'
import type { ChainFacts, Standing } from './chainFacts'
import { indexesOf } from './checkDetails'
import type { SignerSet } from './keys'
import { keyAt, signerSetOf } from './keys'
import { reportDigest } from './report'
import type { SaidReport } from './said'
import { RECORD_BYTES, recoverSigner, splitSignatures } from './signatures'
import type { SignatureRecord } from './signatures'
import type { Step } from './steps'
import { compared, comparedLists, judged, unchecked } from './steps'
import type { Submission } from './submission'

/**
 * That the report which stands is the one sent, and that a quorum of the nodes of its epoch signed it, each with the key that counts
 * then: the same checks as MeterOracle.submit makes, made again here.
 */
export async function checkSignatures(standing: Standing, said: SaidReport | null, facts: ChainFacts): Promise<Step[]> {
  const { submission, signersSet } = facts
  if (submission === null) return [unchecked('submission.found')]
  const steps = checkSubmission(standing, said, submission)
  if (signersSet === null) return [...steps, unchecked('keys.found')]
  const set = signerSetOf(signersSet)
  const keys = judged('keys.found', set !== null, BigInt(signersSet.nodes), set === null ? null : BigInt(set.keys.length))
  if (set === null) return [...steps, keys]
  return [
    ...steps,
    keys,
    compared('keys.configDigest', set.configDigest, submission.report.configDigest),
    ...(await checkRecords(standing, submission, set, facts)),
  ]
}

function checkSubmission(standing: Standing, said: SaidReport | null, submission: Submission): Step[] {
  const { report } = submission
  const steps = [
    compared('submission.epoch', standing.epoch, report.epoch),
    compared('submission.baseEpoch', standing.baseEpoch, report.baseEpoch),
    compared('submission.root', standing.root, report.root),
    compared('submission.leafCount', BigInt(standing.leafCount), BigInt(report.leafCount)),
  ]
  // A node that did not sign the report does not know its set hash, and says so.
  if (said !== null && said.set_hash !== null) {
    steps.push(compared('details.setHash', report.setHash, said.set_hash.toLowerCase()))
  }
  return steps
}

async function checkRecords(standing: Standing, submission: Submission, set: SignerSet, facts: ChainFacts): Promise<Step[]> {
  const expectedBytes = set.quorum * RECORD_BYTES
  const bytes = (submission.signatures.length - 2) / 2
  const count = compared('signature.count', BigInt(expectedBytes), BigInt(Math.trunc(bytes)))
  const records = splitSignatures(submission.signatures)
  if (records === null || count.state === 'failed') return [{ ...count, state: 'failed' }]

  const digest = reportDigest(submission.report, facts.baseRoot, facts.domain)
  const named = records.map((record) => record.node)
  const steps = [count, comparedLists('signature.order', [...new Set(named)].sort(byNumber), named)]
  const signers = new Set<number>()
  for (const record of records) {
    const step = await checkRecord(digest, record, standing.epoch, set)
    if (step.state === 'ok') signers.add(record.node)
    steps.push(step)
  }
  steps.push(
    judged('signature.quorum', set.quorum > 0 && signers.size >= set.quorum, BigInt(set.quorum), BigInt(signers.size)),
    comparedLists('signature.signers', indexesOf(standing.signers), [...signers].sort(byNumber)),
  )
  return steps
}

async function checkRecord(digest: Hex, record: SignatureRecord, epoch: bigint, set: SignerSet): Promise<Step> {
  const key = keyAt(set, record.node, epoch)
  return { ...compared('signature.signer', key, await recoverSigner(digest, record)), node: record.node }
}

function byNumber(a: number, b: number): number {
  return a - b
}
