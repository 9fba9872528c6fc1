import { hashTypedData } from 'viem'
import type { Address, Hex } from 'viem'

/** What a quorum signs, as IMeterOracle.Report; the base root is not sent but filled in from what stands. */
export interface Report {
  readonly configDigest: Hex
  readonly epoch: bigint
  readonly baseEpoch: bigint
  readonly root: Hex
  readonly setHash: Hex
  readonly leafCount: number
}

/** Where a report holds: one chain and one MeterOracle. */
export interface ReportDomain {
  readonly chainId: number
  readonly meterOracle: Address
}

const TYPES = {
  Report: [
    { name: 'configDigest', type: 'bytes32' },
    { name: 'epoch', type: 'uint64' },
    { name: 'baseEpoch', type: 'uint64' },
    { name: 'baseRoot', type: 'bytes32' },
    { name: 'root', type: 'bytes32' },
    { name: 'setHash', type: 'bytes32' },
    { name: 'leafCount', type: 'uint32' },
  ],
} as const

/**
 * The EIP-712 digest that nodes sign, as contracts/metering/SignedReport.sol makes it. `baseRoot` is the root of the report of
 * `baseEpoch`, zero without one. Throws viem's errors when a value does not fit its type: all of them are the chain's.
 */
export function reportDigest(report: Report, baseRoot: Hex, domain: ReportDomain): Hex {
  return hashTypedData({
    domain: {
      name: 'Wellhead MeterOracle',
      version: '1',
      chainId: domain.chainId,
      verifyingContract: domain.meterOracle,
    },
    types: TYPES,
    primaryType: 'Report',
    message: { ...report, baseRoot },
  })
}
