import * as z from 'zod/mini'
import type { Result } from '../format/result'
import { failure, success } from '../format/result'

/** The contracts a page is told about: each by its address and the keccak256 of its code. */
export const CONTRACT_NAMES = [
  'FleetRegistry',
  'StablecoinRegistry',
  'NodeSet',
  'NodeBonds',
  'MeterOracle',
  'CapacityLease',
  'RevenueFactory',
  'OracleFees',
  'PrimarySale',
] as const

export type ContractName = (typeof CONTRACT_NAMES)[number]

/** Where a contract is, and what its deployed code hashes to, as deployments/<chain>.json has it. */
export interface ContractConfig {
  readonly address: `0x${string}`
  readonly codeHash: `0x${string}`
}

/** The chain and how to reach it. `confirmations`: how many blocks deep a transaction counts as confirmed, its own included. */
export interface ChainConfig {
  readonly id: number
  readonly name: string
  readonly rpcs: readonly string[]
  /** A site whose `/tx/<hash>` and `/address/<address>` pages exist, without a slash at its end. */
  readonly explorer: string | null
  readonly confirmations: number
}

/** `config.json`, beside index.html. URLs are without a slash at their end. */
export interface Config {
  readonly chain: ChainConfig
  readonly contracts: Readonly<Record<ContractName, ContractConfig>>
  /** The block from which history is read. */
  readonly deployedAt: bigint
  /** Base URLs of the metering nodes' public APIs, in the order they are asked. */
  readonly nodes: readonly string[]
  /** Base URL of the indexer; without one history is read from logs. */
  readonly indexer: string | null
  /** Base URLs of sites whose documents and inventories the page may fetch to check their hashes; of others a person chooses the downloaded file. */
  readonly documents: readonly string[]
}

/** Ids of the chains that development tools run: only there is the chain's own time gone by, as oracle/node/clock.py has it. */
export const SIMULATED_CHAINS: readonly number[] = [31337, 1337]

const MAX_URLS = 16
/** One site a fleet. */
const MAX_DOCUMENTS = 256
const MAX_URL = 2048

const address = z.custom<`0x${string}`>((value) => typeof value === 'string' && /^0x[0-9a-fA-F]{40}$/.test(value), 'address')
const hash = z.custom<`0x${string}`>((value) => typeof value === 'string' && /^0x[0-9a-f]{64}$/.test(value), 'hash')
const url = z.string().check(z.maxLength(MAX_URL, 'url'), z.refine(isPlainUrl, 'url'))
const contract = z.strictObject({ address, codeHash: hash })
const whole = z.number().check(z.int('whole'), z.nonnegative('whole'))

/** What config.json must be. Unknown keys are refused: a misspelt one would otherwise be a setting silently left out. */
export const configSchema = z.strictObject({
  chain: z.strictObject({
    id: z.number().check(z.int('whole'), z.positive('positive')),
    name: z.string().check(z.minLength(1, 'empty'), z.maxLength(64, 'tooLong')),
    rpcs: z.array(url).check(z.minLength(1, 'empty'), z.maxLength(MAX_URLS, 'tooMany')),
    explorer: z.nullable(url),
    confirmations: z.number().check(z.int('whole'), z.positive('positive'), z.maximum(1000, 'tooLarge')),
  }),
  contracts: z.strictObject({
    FleetRegistry: contract,
    StablecoinRegistry: contract,
    NodeSet: contract,
    NodeBonds: contract,
    MeterOracle: contract,
    CapacityLease: contract,
    RevenueFactory: contract,
    OracleFees: contract,
    PrimarySale: contract,
  }),
  deployedAt: whole,
  nodes: z.array(url).check(z.maxLength(MAX_URLS, 'tooMany')),
  indexer: z.nullable(url),
  documents: z._default(z.array(url).check(z.maxLength(MAX_DOCUMENTS, 'tooMany')), []),
})

/**
 * http or https and nothing that would say something else to a Content-Security-Policy than to fetch: no user, query or fragment, no spaces,
 * quotes, commas or semicolons. Plain http is for loopback only: a page served by https could not ask it, and what is asked could be changed on its way.
 */
export function isPlainUrl(text: string): boolean {
  if (!/^https?:\/\/[^\s"'`;,*<>\\^{|}?#@]+$/.test(text) || !URL.canParse(text)) return false
  const { protocol, hostname } = new URL(text)
  return protocol === 'https:' || hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]'
}

/** Why a configuration cannot be used; ids `errors.<code>` in src/chain/messages. `field` is a path such as `chain.rpcs.0`. */
export type ConfigFault =
  | { readonly code: 'config.unreachable'; readonly args: { readonly url: string } }
  | { readonly code: 'config.missing'; readonly args: { readonly url: string; readonly status: string } }
  | { readonly code: 'config.tooLarge'; readonly args: { readonly url: string } }
  | { readonly code: 'config.notJson'; readonly args: { readonly url: string } }
  | { readonly code: 'config.unknownField'; readonly args: { readonly field: string } }
  | { readonly code: 'config.missingField'; readonly args: { readonly field: string } }
  | { readonly code: 'config.badUrl'; readonly args: { readonly field: string } }
  | { readonly code: 'config.badAddress'; readonly args: { readonly field: string } }
  | { readonly code: 'config.badHash'; readonly args: { readonly field: string } }
  | { readonly code: 'config.badField'; readonly args: { readonly field: string } }
  | { readonly code: 'config.sameAddress'; readonly args: { readonly field: string; readonly other: string } }

/** A configuration out of parsed JSON, or the first thing that is wrong with it. */
export function parseConfig(json: unknown): Result<Config, ConfigFault> {
  const parsed = z.safeParse(configSchema, json)
  if (!parsed.success) return failure(faultOf(parsed.error.issues[0], json))
  const { chain, contracts, deployedAt, nodes, indexer, documents } = parsed.data
  const twins = twinOf(parsed.data.contracts)
  if (twins !== null) return failure({ code: 'config.sameAddress', args: twins })
  return success({
    chain: { ...chain, rpcs: chain.rpcs.map(bare), explorer: chain.explorer === null ? null : bare(chain.explorer) },
    contracts,
    deployedAt: BigInt(deployedAt),
    nodes: nodes.map(bare),
    indexer: indexer === null ? null : bare(indexer),
    documents: documents.map(bare),
  })
}

const MAX_FIELD = 80
const BAD: Readonly<Record<string, 'config.badUrl' | 'config.badAddress' | 'config.badHash'>> = {
  url: 'config.badUrl',
  address: 'config.badAddress',
  hash: 'config.badHash',
}

function faultOf(issue: z.core.$ZodIssue | undefined, json: unknown): ConfigFault {
  const path = issue?.path ?? []
  if (issue?.code === 'unrecognized_keys') {
    return { code: 'config.unknownField', args: { field: fieldOf([...path, issue.keys[0] ?? '']) } }
  }
  const field = fieldOf(path)
  if (issue?.code === 'invalid_type' && path.length > 0 && valueAt(json, path) === undefined) {
    return { code: 'config.missingField', args: { field } }
  }
  return { code: BAD[issue?.message ?? ''] ?? 'config.badField', args: { field } }
}

function fieldOf(path: readonly PropertyKey[]): string {
  return path.map(String).join('.').slice(0, MAX_FIELD)
}

function valueAt(json: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined), json)
}

/** Two contracts at one address: a line was copied and not changed. */
function twinOf(contracts: Config['contracts']): { readonly field: string; readonly other: string } | null {
  const seen = new Map<string, string>()
  for (const name of CONTRACT_NAMES) {
    const at = contracts[name].address.toLowerCase()
    const other = seen.get(at)
    if (other !== undefined) return { field: `contracts.${name}.address`, other: `contracts.${other}.address` }
    seen.set(at, name)
  }
  return null
}

function bare(address: string): string {
  return address.replace(/\/+$/, '')
}
