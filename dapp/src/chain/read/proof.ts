import type { Hex } from 'viem'
import { numberToHex, zeroHash } from 'viem'
import { getCode, getTransaction } from 'viem/actions'
import type { Chain } from '../chain'
import { clonesOf } from '../history/clones'
import { selectorsOf } from '../history/decode'
import type { ChainEvent, EventOf } from '../history/events'
import { isEvent } from '../history/events'
import { eventsRemembered } from '../history/fromLogs'
import { eventsOfLogs, readLogs } from '../history/logs'
import type { ChainFacts, Standing } from '../proof/chainFacts'
import type { SignersSet } from '../proof/keys'
import type { Submission } from '../proof/submission'
import { decodeSubmission } from '../proof/submission'
import { readOracle, readStanding } from './oracle'

type Reported = EventOf<'MeterOracle', 'Reported'>

/**
 * What checkReading holds a node's word against, for the report of `epoch`: what stands, the transaction that posted it and the keys that were in
 * force. All of it is the RPC's word, nothing the node's or the indexer's:
 * `checkReading({ meterId, epoch }, said, report, await gatherFacts(chain, epoch))`.
 */
export async function gatherFacts(chain: Chain, epoch: bigint): Promise<ChainFacts> {
  const [oracle, inRing, reported] = await Promise.all([readOracle(chain), readStanding(chain, epoch), readReported(chain, epoch)])
  const standing = await standingOf(chain, epoch, inRing, reported)
  const common = {
    domain: { chainId: chain.config.chain.id, meterOracle: chain.config.contracts.MeterOracle.address },
    now: chain.block.timestamp,
    disputeWindow: oracle.disputeWindow,
    standing,
  }
  if (standing === null || reported === null) return { ...common, baseRoot: zeroHash, submission: null, signersSet: null }
  const [baseRoot, submission, signersSet] = await Promise.all([
    readBaseRoot(chain, standing.baseEpoch),
    readSubmission(chain, reported.tx),
    readSigners(chain, reported),
  ])
  return { ...common, baseRoot, submission, signersSet }
}

/**
 * The report that stands: by the ring, or by its event when the ring has moved on, or holds only that it was put back after a drop. An epoch is never
 * reported twice, so its event stands unless it, or one it was built on, was dropped later.
 */
async function standingOf(chain: Chain, epoch: bigint, inRing: Standing | null, reported: Reported | null): Promise<Standing | null> {
  if (inRing !== null && inRing.signers !== 0) return inRing
  if (reported === null) return inRing
  const { args, time } = reported
  const fromEvent: Standing = {
    root: args.root,
    epoch,
    baseEpoch: args.baseEpoch,
    minedAt: time,
    leafCount: Number(args.leafCount),
    signers: Number(args.signers),
  }
  if (inRing !== null) return fromEvent
  const dropped = (await oracleEvents(chain, 'Dropped')).filter(isEvent('MeterOracle', 'Dropped'))
  return dropped.some((drop) => isBefore(reported, drop) && drop.args.epoch <= epoch) ? null : fromEvent
}

/** The event of an epoch's report, by its topic: one answer however many reports there are. */
async function readReported(chain: Chain, epoch: bigint): Promise<Reported | null> {
  if (epoch <= 0n || epoch >> 64n !== 0n) return null
  const { address } = chain.config.contracts.MeterOracle
  const topics = [selectorsOf('MeterOracle', ['Reported']), numberToHex(epoch, { size: 32 })]
  const logs = await readLogs(chain, { addresses: [address], topics, from: chain.config.deployedAt, to: chain.block.number })
  const found = await eventsOfLogs(chain, logs, () => 'MeterOracle')
  return found.find(isEvent('MeterOracle', 'Reported')) ?? null
}

async function readBaseRoot(chain: Chain, baseEpoch: bigint): Promise<Hex> {
  if (baseEpoch === 0n) return zeroHash
  const standing = await readStanding(chain, baseEpoch)
  if (standing !== null) return standing.root
  const reported = await readReported(chain, baseEpoch)
  return reported?.args.root ?? zeroHash
}

async function readSubmission(chain: Chain, tx: Hex): Promise<Submission | null> {
  const { input } = await getTransaction(chain.client, { hash: tx })
  return decodeSubmission(input)
}

/** Where in the chain's order an event is. */
type Place = Pick<ChainEvent, 'block' | 'logIndex'>

/** The keys in force when a report was posted: those that were set last before it. */
export async function readSigners(chain: Chain, reported: Place): Promise<SignersSet | null> {
  const set = (await oracleEvents(chain, 'SignersSet')).filter(isEvent('MeterOracle', 'SignersSet'))
  const last = set.filter((each) => isBefore(each, reported)).at(-1)
  if (last === undefined) return null
  const code = await getCode(chain.client, { address: last.args.blob, blockNumber: chain.block.number })
  return code === undefined ? null : { code, quorum: Number(last.args.quorum), nodes: Number(last.args.nodes) }
}

function oracleEvents(chain: Chain, name: 'Dropped' | 'SignersSet'): Promise<ChainEvent[]> {
  return eventsRemembered(chain, { contracts: ['MeterOracle'], names: [name], to: chain.block.number }, clonesOf([]))
}

function isBefore(a: Place, b: Place): boolean {
  return a.block < b.block || (a.block === b.block && a.logIndex < b.logIndex)
}
