import { call, type FundedCall, type Row, type Write, type WriteStep } from '../../chain/write/write'
import type { FleetSummary } from '../../chain/read/fleets'
import type { Lease } from '../../chain/read/leases'
import type { ProofModel } from '../../node/answers'

type Address = `0x${string}`
type Hex = `0x${string}`

/** What the writes of one lease are made with. `contract` is CapacityLease's address. */
export interface Making {
  readonly contract: Address
  readonly lease: Lease
  readonly fleet: FleetSummary | null
}

/** Adds to the escrow, its debt first. Null where the fleet's currency is no token. */
export function topUpWrite(amount: bigint, summary: readonly Row[], making: Making, onDone: () => void): Write | null {
  const token = making.fleet?.token ?? null
  if (token === null) return null
  const { contract, lease } = making
  const plain = call('CapacityLease', contract, 'topUp', [lease.leaseId, amount])
  const step: FundedCall = { token: token.address, amount, spender: contract, plain, withPermit: null }
  return { ...write('topUp', `topUp:${lease.leaseId}:${amount}`, summary, making, () => [step]), moved: token, onDone }
}

/** Settles with a final report's reading and proof, which were verified before. Null where the proof holds something that is no hash. */
export function settleWrite({ epoch, meter, proof }: ProofModel, summary: readonly Row[], making: Making): Write | null {
  const path = proof.filter(isHash)
  if (path.length !== proof.length) return null
  const { contract, lease } = making
  const args = [lease.leaseId, BigInt(epoch), BigInt(meter.reading), path] as const
  return write('settle', `settle:${lease.leaseId}:${epoch}`, summary, making, () => [call('CapacityLease', contract, 'settle', args)])
}

export function terminateWrite(summary: readonly Row[], making: Making): Write {
  const { contract, lease } = making
  return write('terminate', `terminate:${lease.leaseId}`, summary, making, () => [call('CapacityLease', contract, 'terminate', [lease.leaseId])])
}

export function closeWrite(summary: readonly Row[], making: Making): Write {
  const { contract, lease } = making
  return write('close', `close:${lease.leaseId}`, summary, making, () => [call('CapacityLease', contract, 'sunsetClose', [lease.leaseId])])
}

/** Pays what is left to the account that signs. */
export function withdrawWrite(summary: readonly Row[], making: Making): Write {
  const { contract, lease } = making
  return write('withdraw', `withdraw:${lease.leaseId}`, summary, making, (account) => [call('CapacityLease', contract, 'withdrawRefund', [lease.leaseId, account])])
}

function write(id: string, intent: string, summary: readonly Row[], { lease, fleet }: Making, steps: (account: Address) => readonly WriteStep[]): Write {
  const token = fleet?.token ?? null
  return {
    title: { id: `leases.write.${id}`, values: { lease: `${lease.leaseId}` } },
    summary,
    intent: `lease.${intent}`,
    steps: (account) => Promise.resolve(steps(account)),
    ...(token === null ? {} : { currency: { symbol: token.symbol, decimals: token.decimals } }),
  }
}

function isHash(text: string): text is Hex {
  return /^0x[0-9a-f]{64}$/.test(text)
}
