import type { Config } from '../config/schema'
import type { CoverageModel, LeaseModel, ProofModel, ReadingPage, ReportModel, SeriesModel } from './answers'
import { coverageModel, leaseModel, proofModel, readingPage, reportModel, seriesModel } from './answers'
import type { AskOptions } from './ask'
import { askNodes } from './ask'
import type { NodeResult } from './fault'

/** A fleet's meter over time, oldest first, in at most `points` (default 500) buckets. */
export function readSeries(
  config: Pick<Config, 'nodes'>,
  fleetId: bigint,
  range: { readonly points?: number; readonly firstEpoch?: bigint; readonly lastEpoch?: bigint } = {},
  options: AskOptions = {},
): Promise<NodeResult<SeriesModel>> {
  const query = { points: range.points, first_epoch: range.firstEpoch, last_epoch: range.lastEpoch }
  return askNodes(config.nodes, `/v1/fleets/${fleetId}/series`, query, seriesModel, options)
}

/** One standing report. */
export function readReport(config: Pick<Config, 'nodes'>, epoch: bigint, options: AskOptions = {}): Promise<NodeResult<ReportModel>> {
  return askNodes(config.nodes, `/v1/reports/${epoch}`, {}, reportModel, options)
}

/** Readings under a report's root, ascending by meter id: `limit` (default 100, at most 1000) with ids above `after`. */
export function readReadings(
  config: Pick<Config, 'nodes'>,
  epoch: bigint,
  page: { readonly after?: bigint; readonly limit?: number } = {},
  options: AskOptions = {},
): Promise<NodeResult<ReadingPage>> {
  return askNodes(config.nodes, `/v1/reports/${epoch}/readings`, page, readingPage, options)
}

/** One meter's reading in the report of an epoch, with its proof. */
export function readProof(config: Pick<Config, 'nodes'>, epoch: bigint, meterId: bigint, options: AskOptions = {}): Promise<NodeResult<ProofModel>> {
  return askNodes(config.nodes, `/v1/reports/${epoch}/readings/${meterId}`, {}, proofModel, options)
}

/** A lease's reading and proof in the newest standing and the newest final report, each null when the lease is not in it. */
export function readLeaseProof(config: Pick<Config, 'nodes'>, leaseId: bigint, options: AskOptions = {}): Promise<NodeResult<LeaseModel>> {
  return askNodes(config.nodes, `/v1/leases/${leaseId}`, {}, leaseModel, options)
}

/** How much of the telemetry due each node got, by site and epoch, in the configuration's order: each has its own, and all are asked at the same time. */
export function readCoverages(config: Pick<Config, 'nodes'>, epochs = 24, options: AskOptions = {}): Promise<NodeResult<CoverageModel>[]> {
  return Promise.all(config.nodes.map((node) => askNodes([node], '/v1/coverage', { epochs }, coverageModel, options)))
}
