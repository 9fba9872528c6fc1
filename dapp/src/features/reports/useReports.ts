import type { Chain } from '../../chain/chain'
import type { History } from '../../chain/history/events'
import { events } from '../../chain/history/history'
import { readNodes } from '../../chain/read/nodes'
import { readOracle, type Oracle } from '../../chain/read/oracle'
import { useChainQuery, type ChainQuery } from '../../chain/useChainQuery'
import { reportRows, type ReportRow } from './reportList'

export interface Reports {
  readonly rows: readonly ReportRow[]
  readonly oracle: Oracle
  /** How many nodes there are now, and how many must sign. */
  readonly nodes: number
  readonly quorum: number
  readonly until: bigint
  readonly source: History['source']
}

/** Every report, newest first, from the chain's own events. */
export function useReports(): ChainQuery<Reports> {
  return useChainQuery(['reports'], readReports)
}

async function readReports(chain: Chain): Promise<Reports> {
  const [oracle, set, history] = await Promise.all([
    readOracle(chain),
    readNodes(chain),
    events(chain, { contracts: ['MeterOracle'], names: ['Reported', 'Dropped'] }),
  ])
  return {
    rows: reportRows(history.events, oracle.disputeWindow, chain.block.timestamp),
    oracle,
    nodes: set.nodes.length,
    quorum: set.quorum,
    until: history.until,
    source: history.source,
  }
}
