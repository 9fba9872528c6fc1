import type { CoverageModel, SiteModel } from '../../node/answers'
import type { NodeFault, NodeResult } from '../../node/fault'
import { sampledPpm } from './byNode'

/** One fleet's site, as all nodes that answered reach it. */
export interface SiteCoverage {
  readonly fleet: string
  readonly kind: string
  /** The lowest that a node gives it. */
  readonly trustLevel: number
  /** Nodes that got an answer when they last asked, of those that ask this site. */
  readonly reachedBy: number
  readonly askedBy: number
  /** When the last of them got one, Unix seconds; null before the first. */
  readonly lastSampled: bigint | null
  /** Answers got of those due over the epochs told of, parts per million, rounded down: of the node that got least and most. Null where none was due. */
  readonly sampled: { readonly least: bigint; readonly most: bigint } | null
}

export interface Coverage {
  /** By fleet id, ascending. */
  readonly rows: readonly SiteCoverage[]
  readonly silent: readonly { readonly node: string; readonly fault: NodeFault }[]
}

/** What the nodes say of the sites of `fleets`; they may be set up for fleets that are not on the chain yet, of which nothing is shown. */
export function coverageOf(nodes: readonly string[], answers: readonly NodeResult<CoverageModel>[], fleets: readonly bigint[]): Coverage {
  const sites = answers.flatMap((answer) => (answer.ok ? answer.value.value.sites : []))
  const rows = [...fleets].sort(ascending).flatMap((fleet) => {
    const own = sites.filter(({ fleet_id: id }) => BigInt(id) === fleet)
    const [one] = own
    return one === undefined ? [] : [rowOf(`${fleet}`, one, own)]
  })
  const silent = answers.flatMap((answer, place) => (answer.ok ? [] : [{ node: nodes[place] ?? '', fault: answer.error.fault }]))
  return { rows, silent }
}

function rowOf(fleet: string, one: SiteModel, all: readonly SiteModel[]): SiteCoverage {
  const shares = all.flatMap((site) => sampledPpm(site) ?? []).sort(ascending)
  const times = all.flatMap(({ last_sampled_unix_s: at }) => (at === null ? [] : [BigInt(at)])).sort(ascending)
  const [least] = shares
  const most = shares.at(-1)
  return {
    fleet,
    kind: one.kind,
    trustLevel: Math.min(...all.map(({ trust_level: level }) => level)),
    reachedBy: all.filter(({ reachable }) => reachable).length,
    askedBy: all.length,
    lastSampled: times.at(-1) ?? null,
    sampled: least === undefined || most === undefined ? null : { least, most },
  }
}

function ascending(one: bigint, other: bigint): number {
  return one < other ? -1 : one > other ? 1 : 0
}
