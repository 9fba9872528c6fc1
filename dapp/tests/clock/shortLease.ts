import { maxUint256, type Hex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { capacityLeaseAbi } from '../../src/chain/abi/CapacityLease'
import { erc20PermitAbi } from '../../src/chain/abi/ERC20Permit'
import { chainAt, type Chain } from '../harness/chain'
import type { World } from '../harness/world'
import { finalByNode, Leases, price, type Asked } from '../journeys/parts/tenants'

/** The fleet whose sites serve a log of every minute, so that no jump of the clock leaves a gap. */
const LOGGED_FLEET = 2n
const HOUR = 3600n
/** Paid in beyond the whole term's price, smallest units: something comes back even where everything was delivered. */
const SPARE = 500_000n
/** How far the clock moves at once, seconds: nodes ask their sites this often, and abstain from epochs that they have not seen. */
const STEP = 600n
const MOST_STEPS = 60
/** What nodes get at each step: to sample, and to report where a report is due. */
const SAMPLED_MS = 1_000
const REPORTED_MS = 6_000
const PATIENCE_MS = 60_000
const LOOK_EVERY_MS = 300

/** A lease of the world whose whole term is in a report that stands and is not final yet. */
export interface MeteredLease {
  readonly leaseId: bigint
  readonly key: Hex
  readonly asked: Asked
  /** What was paid in, smallest units. */
  readonly escrow: bigint
  readonly epoch: bigint
}

/** Opens a lease of an hour in the world, as anyone may, and moves its clock on, report by report, until one has the whole term. */
export async function openShortLease(world: World): Promise<MeteredLease> {
  const chain = await chainAt(world.rpcUrl)
  const leases = new Leases(chain, world)
  const length = await leases.epochLength()
  const key = await chain.freshKey()
  const account = privateKeyToAccount(key)
  const now = await chain.now()
  const start = (now / length + 4n) * length
  const asked = { fleet: LOGGED_FLEET, units: 1n, start, end: start + HOUR }
  const escrow = price(asked, await leases.rateOf(LOGGED_FLEET), 'up') + SPARE
  await chain.mint(world.currency, account.address, escrow)
  await done(chain, await chain.client.writeContract({ chain: null, account, address: world.currency, abi: erc20PermitAbi, functionName: 'approve', args: [leases.address, maxUint256] }))
  const request = await leases.request(asked, escrow, account.address)
  await done(chain, await chain.client.writeContract({ chain: null, account, address: leases.address, abi: capacityLeaseAbi, functionName: 'open', args: [request] }))
  const [leaseId] = await leases.openedBy(account.address)
  if (leaseId === undefined) throw new Error('the lease was not opened')
  await until('the operator says which GPU serves the lease', async () => {
    const found = await chain.client.getContractEvents({ address: leases.address, abi: capacityLeaseAbi, eventName: 'Allocated', args: { leaseId }, fromBlock: 0n })
    return found.length > 0
  })
  for (let steps = 0; steps < MOST_STEPS; steps += 1) {
    const epoch = await leases.headEpoch()
    if ((await leases.periodEnd(epoch)) >= asked.end) return { leaseId, key, asked, escrow, epoch }
    await step(chain, leases)
  }
  throw new Error(`no report has lease ${leaseId} to its end`)
}

/** Moves the world's clock on until a report is final, by the word of every node. */
export async function waitUntilFinal(world: World, { leaseId, epoch }: MeteredLease): Promise<bigint> {
  const chain = await chainAt(world.rpcUrl)
  const leases = new Leases(chain, world)
  for (let left = await leases.disputeWindow(); left > 0n; left -= STEP) await step(chain, leases)
  await until(`every node calls epoch ${epoch} final`, async () => {
    const words = await Promise.all(world.nodes.map((node) => finalByNode(node, leaseId)))
    return words.every((final) => final >= epoch)
  })
  return chain.now()
}

/** Moves the clock on, and lets the nodes do what is due. */
async function step(chain: Chain, leases: Leases): Promise<void> {
  await chain.client.increaseTime({ seconds: Number(STEP) })
  await chain.client.mine({ blocks: 1 })
  await new Promise((resolve) => setTimeout(resolve, SAMPLED_MS))
  const due = await leases.dueEpoch()
  await happens(async () => (await leases.headEpoch()) >= due, REPORTED_MS)
}

async function done(chain: Chain, hash: Hex): Promise<void> {
  const { status } = await chain.client.waitForTransactionReceipt({ hash })
  if (status !== 'success') throw new Error(`${hash} was reverted`)
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  if (!(await happens(holds, PATIENCE_MS))) throw new Error(`waited in vain: ${what}`)
}

async function happens(holds: () => Promise<boolean>, withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs
  while (Date.now() < deadline) {
    if (await holds()) return true
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
  return false
}
