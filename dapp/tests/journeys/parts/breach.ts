import { encodeAbiParameters, keccak256, numberToHex, type Hex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { capacityLeaseAbi } from '../../../src/chain/abi/CapacityLease'
import { meterOracleAbi } from '../../../src/chain/abi/MeterOracle'
import { contractOf } from './people'
import type { Leases } from './tenants'

/** MeterOracle keeps the roots of that many reports, from its slot 3 on: each at its epoch's place. */
const RING = 512n
const FIRST_ROOT = 3n
/** Where a packed reading has its breached unit-seconds, and how many bits (contracts/leasing/Reading.sol). */
const BREACHED_SHIFT = 64n
const COUNTER = 2n ** 48n - 1n

/**
 * Settles a lease of a chain of the test's own by a report in which `breached` unit-seconds are a breach, the rest of the reading as it was settled last. The world's
 * own outage is a breach only at midnight, when the meter closes the day: so the newest report's root is replaced by one that has this reading and no other. The
 * settlement is the contract's own.
 */
export async function settleBreached({ chain, world, address }: Leases, leaseId: bigint, breached: bigint): Promise<void> {
  const oracle = { address: contractOf(world, 'MeterOracle'), abi: meterOracleAbi } as const
  const lease = { address, abi: capacityLeaseAbi } as const
  const epoch = await chain.client.readContract({ ...oracle, functionName: 'headEpoch' })
  const { root, minedAt } = await chain.client.readContract({ ...oracle, functionName: 'standing', args: [epoch] })
  const { reading: before } = await chain.client.readContract({ ...lease, functionName: 'leaseOf', args: [leaseId] })
  const reading = (before & ~(COUNTER << BREACHED_SHIFT)) | (breached << BREACHED_SHIFT)
  const slot = numberToHex(FIRST_ROOT + (epoch % RING), { size: 32 })
  if ((await chain.client.getStorageAt({ address: oracle.address, slot })) !== root) throw new Error('the oracle keeps its roots elsewhere')
  const meterId = await chain.client.readContract({ ...lease, functionName: 'meterIdOf', args: [leaseId] })
  await chain.client.setStorageAt({ address: oracle.address, index: slot, value: leafOf(meterId, reading) })

  const final = BigInt(minedAt) + BigInt(await chain.client.readContract({ ...oracle, functionName: 'disputeWindow' }))
  if ((await chain.now()) < final) await chain.moveTo(final)
  const account = privateKeyToAccount(await chain.freshKey())
  const hash = await chain.client.writeContract({ chain: null, account, ...lease, functionName: 'settle', args: [leaseId, epoch, reading, []] })
  const { status } = await chain.client.waitForTransactionReceipt({ hash })
  if (status !== 'success') throw new Error(`lease ${leaseId} was not settled`)
}

/** A tree of one leaf is the leaf. */
function leafOf(meterId: bigint, reading: bigint): Hex {
  return keccak256(keccak256(encodeAbiParameters([{ type: 'uint256' }, { type: 'uint256' }], [meterId, reading])))
}
