import { type Address, type Hex } from 'viem'
import { fleetRegistryAbi } from '../../../src/chain/abi/FleetRegistry'
import { revenueWaterfallAbi } from '../../../src/chain/abi/RevenueWaterfall'
import type { Chain } from '../../harness/chain'
import type { World } from '../../harness/world'
import { logsOf, whole, wholes } from './logs'
import { contractOf } from './people'

/** FleetRegistry.Status of a fleet that may be let. */
export const LISTED = 2
/** RevenueWaterfall.Payee of the operator. */
const OPERATOR = 2

/** What an operator's events come to; smallest units. */
export interface Earned {
  readonly distributions: number
  readonly rent: bigint
  readonly fee: bigint
  readonly energy: bigint
  readonly claimed: bigint
}

/** What tests see and do of fleets on a chain itself, beside the page. */
export class Fleets {
  readonly address: Address

  constructor(
    private readonly chain: Chain,
    world: World,
  ) {
    this.address = contractOf(world, 'FleetRegistry')
  }

  /** On a chain of one's own: the title of one of the world's fleets passes to another account. */
  async handTitle(fleetId: bigint, to: Address): Promise<void> {
    const { client } = this.chain
    const from = await this.operatorOf(fleetId)
    await client.setBalance({ address: from, value: 10n ** 20n })
    await client.impersonateAccount({ address: from })
    await this.#done(await client.writeContract({ chain: null, account: from, address: this.address, abi: fleetRegistryAbi, functionName: 'transferFrom', args: [from, to, fleetId] }))
  }

  operatorOf(fleetId: bigint) {
    return this.chain.client.readContract({ address: this.address, abi: fleetRegistryAbi, functionName: 'ownerOf', args: [fleetId] })
  }

  specOf(fleetId: bigint) {
    return this.chain.client.readContract({ address: this.address, abi: fleetRegistryAbi, functionName: 'specOf', args: [Number(fleetId)] })
  }

  inventoryOf(fleetId: bigint, version: number) {
    return this.chain.client.readContract({ address: this.address, abi: fleetRegistryAbi, functionName: 'inventoryOf', args: [Number(fleetId), version] })
  }

  async statusOf(fleetId: bigint): Promise<{ readonly status: number; readonly waterfall: Address; readonly version: number }> {
    const [status, waterfall, version] = await this.chain.client.readContract({ address: this.address, abi: fleetRegistryAbi, functionName: 'statusOf', args: [Number(fleetId)] })
    return { status, waterfall, version }
  }

  /** The one fleet that an account proposed. */
  async proposedBy(operator: Address): Promise<bigint> {
    const found = await this.chain.client.getContractEvents({ address: this.address, abi: fleetRegistryAbi, eventName: 'FleetProposed', args: { operator }, fromBlock: 0n })
    const [event] = found
    if (found.length !== 1 || event?.args.fleetId === undefined) throw new Error(`${found.length} fleets were proposed by ${operator}`)
    return BigInt(event.args.fleetId)
  }

  /** The newest document's name, address and hash. */
  async newestDocument(fleetId: bigint): Promise<{ readonly name: string; readonly uri: string; readonly hash: Hex }> {
    const found = await this.chain.client.getContractEvents({ address: this.address, abi: fleetRegistryAbi, eventName: 'DocumentSet', args: { fleetId: Number(fleetId) }, fromBlock: 0n })
    const { name, uri, hash } = found.at(-1)?.args ?? {}
    if (name === undefined || uri === undefined || hash === undefined) throw new Error(`fleet ${fleetId} has no document`)
    return { name, uri, hash }
  }

  /** What the operator can claim now, smallest units. */
  async claimable(fleetId: bigint): Promise<bigint> {
    const { waterfall } = await this.statusOf(fleetId)
    return this.chain.client.readContract({ address: waterfall, abi: revenueWaterfallAbi, functionName: 'feeOf', args: [OPERATOR] })
  }

  async nextDistributionAt(fleetId: bigint): Promise<bigint> {
    const { waterfall } = await this.statusOf(fleetId)
    const [last, { period }] = await Promise.all([
      this.chain.client.readContract({ address: waterfall, abi: revenueWaterfallAbi, functionName: 'lastDistributedAt' }),
      this.chain.client.readContract({ address: waterfall, abi: revenueWaterfallAbi, functionName: 'terms' }),
    ])
    return BigInt(last) + BigInt(period)
  }

  /** Sums of the waterfall's own events. */
  async earned(fleetId: bigint): Promise<Earned> {
    const { waterfall } = await this.statusOf(fleetId)
    const logs = await logsOf(this.chain, revenueWaterfallAbi, waterfall, ['Distributed', 'FeePaid'])
    const distributed = logs.filter(({ name }) => name === 'Distributed')
    const fees = distributed.map((log) => wholes(log, 'fees'))
    const paid = logs.filter((log) => log.name === 'FeePaid' && whole(log, 'payee') === BigInt(OPERATOR))
    return {
      distributions: distributed.length,
      rent: sum(distributed.map((log) => whole(log, 'rent'))),
      energy: sum(fees.map((each) => each[2] ?? 0n)),
      fee: sum(fees.map((each) => each[3] ?? 0n)),
      claimed: sum(paid.map((log) => whole(log, 'amount'))),
    }
  }

  async #done(hash: Hex): Promise<void> {
    const { status } = await this.chain.client.waitForTransactionReceipt({ hash })
    if (status !== 'success') throw new Error(`${hash} was reverted`)
  }
}

function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, each) => total + each, 0n)
}
