import type { Hex } from 'viem'
import type { Chain } from '../chain'
import type { Clones } from './clones'
import { CLONED, clonesOf } from './clones'
import type { EventContract } from './contracts'
import { eventAbis } from './contracts'
import { isContract } from './decode'
import type { Asked, BlockRange, ChainEvent, History } from './events'
import { eventsFromLogs, eventsRemembered, hashAt } from './fromLogs'
import type { Indexed } from './indexer'
import { eventsFromIndexer } from './indexer'
import { byPlace } from './logs'
import { isAbout } from './subject'

/** Blocks that the indexer is behind the query's block and that are read from logs: a write's own event is there at once. Beyond, `until` says how far it is. */
const TAIL = 2_000n
const CREATED: Asked = { contracts: ['RevenueFactory'], names: ['RevenueCreated'] }

/**
 * What happened, by the indexer where there is one that answers well, else by logs, up to the query's block. Rejects when neither can be had; `chainFault`
 * says why. Fold over the events with pure functions.
 */
export async function events(chain: Chain, asked: Asked = {}, range: BlockRange = {}): Promise<History> {
  const to = range.to === undefined || range.to > chain.block.number ? chain.block.number : range.to
  const history = (await byIndexer(chain, asked, to)) ?? (await byLogs(chain, asked, to))
  chain.historyCameFrom(history.source)
  const from = range.from ?? 0n
  return { ...history, events: history.events.filter(({ block }) => block >= from && block <= to) }
}

async function byIndexer(chain: Chain, asked: Asked, to: bigint): Promise<History | null> {
  const { config } = chain
  if (config.indexer === null) return null
  const indexed = await eventsOnChain(chain, config.indexer, asked)
  if (indexed === null) return null
  const { until } = indexed
  if (until >= to || to - until > TAIL) return { events: indexed.events, until: until < to ? until : to, source: 'indexer' }
  const clones = needsClones(asked) ? await clonesByIndexer(chain, config.indexer, until, to) : clonesOf([])
  if (clones === null) return null
  const tail = await eventsFromLogs(chain, { contracts: contractsOf(asked), names: asked.names, from: until + 1n, to }, clones)
  const known = indexed.events.filter(({ block }) => block <= until)
  return { events: [...known, ...about(tail, asked, clones)].sort(byPlace), until: to, source: 'indexer' }
}

/** What the indexer says, unless it is of blocks that this chain does not have: after a reorg it may be on either side for a moment. */
async function eventsOnChain(chain: Chain, indexer: string, asked: Asked): Promise<Indexed | null> {
  const indexed = await eventsFromIndexer(chain.config, indexer, asked)
  if (!indexed.ok) return null
  const replaced = await Promise.all(indexed.value.readAt.map(({ number, hash }) => isReplaced(chain, number, hash)))
  return replaced.includes(true) ? null : indexed.value
}

/** Whether the chain has another block at that number. An RPC that is behind the indexer has none yet. */
async function isReplaced(chain: Chain, number: bigint, hash: Hex): Promise<boolean> {
  return hashAt(chain, number).then(
    (own) => own !== hash,
    () => false,
  )
}

async function clonesByIndexer(chain: Chain, indexer: string, until: bigint, to: bigint): Promise<Clones | null> {
  const [created, tail] = await Promise.all([
    eventsOnChain(chain, indexer, CREATED),
    eventsFromLogs(chain, { contracts: ['RevenueFactory'], names: CREATED.names, from: until + 1n, to }, clonesOf([])),
  ])
  return created === null ? null : clonesOf([...created.events, ...tail])
}

async function byLogs(chain: Chain, asked: Asked, to: bigint): Promise<History> {
  const created = needsClones(asked)
    ? await eventsRemembered(chain, { contracts: ['RevenueFactory'], names: CREATED.names, to }, clonesOf([]))
    : []
  const clones = clonesOf(created)
  const all = await eventsRemembered(chain, { contracts: contractsOf(asked), names: asked.names, to }, clones)
  return { events: about(all, asked, clones), until: to, source: 'logs' }
}

function about(events: readonly ChainEvent[], { subject }: Asked, clones: Clones): readonly ChainEvent[] {
  return subject === undefined ? events : events.filter((event) => isAbout(event, subject, clones))
}

/** Those asked for that can have events about the subject: no other contract knows leases or sales. */
function contractsOf({ contracts, subject = {} }: Asked): readonly EventContract[] {
  const all = contracts ?? Object.keys(eventAbis).filter(isContract)
  if (subject.lease !== undefined) return all.filter((contract) => contract === 'CapacityLease')
  if (subject.sale !== undefined) return all.filter((contract) => contract === 'PrimarySale')
  return all
}

function needsClones(asked: Asked): boolean {
  return contractsOf(asked).some((contract) => CLONED.includes(contract))
}
