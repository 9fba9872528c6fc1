import * as z from 'zod/mini'
import { ownTask } from '../chain/ownTask'
import { failure, success } from '../format/result'
import type { Result } from '../format/result'
import type { NodeError, NodeFailure, NodeFault, NodeResult } from './fault'
import type { JsonFault } from './json'
import { getJson } from './json'

/** How to ask. `timeoutMs` (default 10 s) is for each node. */
export interface AskOptions {
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
  readonly fetch?: typeof fetch
}

type Query = Readonly<Record<string, bigint | number | undefined>>

const TIMEOUT_MS = 10_000
/** A page of 1,000 readings has 400 kB, 2,000 buckets have 1 MB. */
const MAX_BYTES = 4 * 1024 * 1024

/** Asks the nodes one after another until one answers well. Rejects only with the reason of `signal`. */
export async function askNodes<S extends z.ZodMiniType>(
  nodes: readonly string[],
  path: string,
  query: Query,
  schema: S,
  options: AskOptions,
): Promise<NodeResult<z.output<S>>> {
  await ownTask()
  const passedOver: NodeFailure[] = []
  for (const node of nodes) {
    const said = await ask(node, `${path}${queryOf(query)}`, schema, options)
    if (said.ok) return success({ value: said.value, node, passedOver })
    passedOver.push({ node, fault: said.error })
  }
  return failure(errorOf(passedOver))
}

async function ask<S extends z.ZodMiniType>(
  node: string,
  path: string,
  schema: S,
  options: AskOptions,
): Promise<Result<z.output<S>, NodeFault>> {
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS
  const { signal, fetch } = options
  const said = await getJson(`${node}${path}`, { timeoutMs, maxBytes: MAX_BYTES, signal, fetch })
  if (!said.ok) return failure(faultOf(said.error, node, timeoutMs))
  const parsed = z.safeParse(schema, said.value)
  if (parsed.success) return success(parsed.data)
  const field = (parsed.error.issues[0]?.path ?? []).join('.')
  return failure({ code: 'node.malformed', args: { url: node, field } })
}

function faultOf({ why, status }: JsonFault, url: string, timeoutMs: number): NodeFault {
  switch (why) {
    case 'unreachable':
      return { code: 'node.unreachable', args: { url } }
    case 'timedOut':
      return { code: 'node.timedOut', args: { url, seconds: String(timeoutMs / 1000) } }
    case 'tooLarge':
      return { code: 'node.tooLarge', args: { url, megabytes: String(MAX_BYTES / 1024 / 1024) } }
    case 'notJson':
      return { code: 'node.notJson', args: { url } }
    case 'refused':
      return status === 404
        ? { code: 'node.notFound', args: { url } }
        : { code: 'node.refused', args: { url, status: String(status) } }
  }
}

/** That a node does not hold something says more than that another cannot be reached. */
function errorOf(all: readonly NodeFailure[]): NodeError {
  const told = all.find(({ fault }) => fault.code === 'node.notFound') ?? all[0]
  return { fault: told?.fault ?? { code: 'node.none', args: {} }, all }
}

function queryOf(query: Query): string {
  const parts = Object.entries(query).flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}`]))
  return parts.length === 0 ? '' : `?${parts.join('&')}`
}
