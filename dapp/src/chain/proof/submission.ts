import { decodeFunctionData, parseAbi } from 'viem'
import type { Hex } from 'viem'
import type { Report } from './report'

/** What was sent to MeterOracle.submit: the report and its packed signatures. */
export interface Submission {
  readonly report: Report
  readonly signatures: Hex
}

const SUBMIT = parseAbi([
  'struct Report { bytes32 configDigest; uint64 epoch; uint64 baseEpoch; bytes32 root; bytes32 setHash; uint32 leafCount; }',
  'function submit(Report report, bytes signatures)',
])

/**
 * The submission in the input of the transaction that posted a report. Null when the input is no call of `submit`: a report may be
 * posted by a contract in between, and then its signatures cannot be read from the transaction.
 */
export function decodeSubmission(input: Hex): Submission | null {
  try {
    const { args } = decodeFunctionData({ abi: SUBMIT, data: input })
    const [report, signatures] = args
    return { report, signatures }
  } catch {
    return null
  }
}
