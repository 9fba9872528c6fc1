import type { CoverageModel, SiteModel } from '../../node/answers'
import type { NodeFault, NodeResult } from '../../node/fault'

/** One site as one node reaches it, or a node that does not answer. */
export type NodeCoverage =
  | {
      readonly node: string
      readonly fleet: string
      readonly kind: string
      readonly trustLevel: number
      readonly reachable: boolean
      /** Unix seconds; null before its first answer. */
      readonly lastSampled: bigint | null
      /** Answers got of those due over the epochs told of, see `sampledPpm`. */
      readonly sampledPpm: bigint | undefined
    }
  | { readonly node: string; readonly fault: NodeFault }

/** Rows in the order of the configuration's nodes, by fleet. */
export function coverageRows(nodes: readonly string[], answers: readonly NodeResult<CoverageModel>[]): readonly NodeCoverage[] {
  return answers.flatMap((answer, place): readonly NodeCoverage[] => {
    const node = nodes[place] ?? ''
    if (!answer.ok) return [{ node, fault: answer.error.fault }]
    return answer.value.value.sites.map((site) => ({
      node,
      fleet: site.fleet_id,
      kind: site.kind,
      trustLevel: site.trust_level,
      reachable: site.reachable,
      lastSampled: site.last_sampled_unix_s === null ? null : BigInt(site.last_sampled_unix_s),
      sampledPpm: sampledPpm(site),
    }))
  })
}

/**
 * Answers got of those due, parts per million, rounded down; undefined where none was due. An epoch with more answers than due counts as whole: one good hour
 * does not hide a bad one.
 */
export function sampledPpm({ epochs }: SiteModel): bigint | undefined {
  const due = epochs.reduce((sum, epoch) => sum + epoch.due, 0)
  const got = epochs.reduce((sum, epoch) => sum + Math.min(epoch.answers, epoch.due), 0)
  return due === 0 ? undefined : (BigInt(got) * 1_000_000n) / BigInt(due)
}
