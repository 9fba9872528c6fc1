import type { Address, Hex } from 'viem'
import { nodeBondsAbi } from '../abi/NodeBonds'
import { nodeSetAbi } from '../abi/NodeSet'
import type { Chain } from '../chain'
import { read } from './call'

/** A node's bond in one stablecoin, smallest units: what stands in cover, what is unbonding, and until when (Unix seconds). */
export interface Bond {
  readonly currency: Address
  readonly bonded: bigint
  readonly unbonding: bigint
  readonly until: bigint
}

/** A metering node. Reports with epoch >= `hotFrom` are signed by `hot`, older ones by `previousHot`; a zero address signs nothing. */
export interface MeteringNode {
  /** Its place in the node set: the number in reports' signers. */
  readonly index: number
  readonly cold: Address
  readonly hot: Address
  readonly previousHot: Address
  readonly hotFrom: bigint
  /** Whether it has a key, in force or waiting to be configured in. */
  readonly joined: boolean
  /** How often it was slashed. */
  readonly slashed: number
  /** One for each currency asked for, in that order. */
  readonly bonds: readonly Bond[]
}

/** The node set in force. */
export interface NodeSet {
  readonly quorum: number
  readonly configDigest: Hex
  /** In index order. */
  readonly nodes: readonly MeteringNode[]
  /** For each currency asked for: what a quorum would lose at least, smallest units. */
  readonly covers: readonly { readonly currency: Address; readonly cover: bigint }[]
}

/** The nodes with their bonds in `currencies` (the fleets' settlement currencies). */
export async function readNodes(chain: Chain, currencies: readonly Address[] = []): Promise<NodeSet> {
  const set = { address: chain.config.contracts.NodeSet.address, abi: nodeSetAbi } as const
  const bonds = { address: chain.config.contracts.NodeBonds.address, abi: nodeBondsAbi } as const
  const [quorum, configDigest, keys, covers] = await Promise.all([
    read(chain, { ...set, functionName: 'quorum' }),
    read(chain, { ...set, functionName: 'configDigest' }),
    read(chain, { ...set, functionName: 'nodes' }),
    Promise.all(currencies.map((currency) => read(chain, { ...bonds, functionName: 'coverOf', args: [currency] }))),
  ])
  const bondOf = async (cold: Address, currency: Address): Promise<Bond> => {
    const [bonded, unbonding, until] = await read(chain, { ...bonds, functionName: 'bondOf', args: [cold, currency] })
    return { currency, bonded, unbonding, until: BigInt(until) }
  }
  const nodes = keys.map(async (key, index): Promise<MeteringNode> => {
    const [joined, slashed, own] = await Promise.all([
      read(chain, { ...set, functionName: 'isJoined', args: [key.cold] }),
      read(chain, { ...bonds, functionName: 'generationOf', args: [key.cold] }),
      Promise.all(currencies.map((currency) => bondOf(key.cold, currency))),
    ])
    return { index, ...key, joined, slashed, bonds: own }
  })
  return {
    quorum,
    configDigest,
    nodes: await Promise.all(nodes),
    covers: currencies.map((currency, index) => ({ currency, cover: covers[index] ?? 0n })),
  }
}
