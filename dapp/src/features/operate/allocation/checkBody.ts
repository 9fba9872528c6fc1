import { inventoryLeaf } from '../../../chain/proof/inventory'
import { rootOfProof } from '../../../chain/proof/merkle'
import { MAX_UUID } from '../../../domain/inventory/inventoryFile'

/** The longest body a node fetches (oracle/node/allocations.py). */
export const MAX_BODY_BYTES = 16 * 1024 * 1024
const MAX_STEPS = 64

/** Why a node would find that a body allocates nothing, as oracle/node/allocations.py has it; ids `operate.body.fault.<code>`. */
export type BodyFault =
  | { readonly code: 'tooLarge' }
  | { readonly code: 'notJson' }
  | { readonly code: 'shape'; readonly where: string }
  | { readonly code: 'otherLease'; readonly fleet: string; readonly lease: string }
  | { readonly code: 'noVersion'; readonly version: string }
  | { readonly code: 'tooMany'; readonly count: number }
  | { readonly code: 'twice'; readonly uuid: string }
  | { readonly code: 'unproven'; readonly uuid: string; readonly version: string }

export interface BodyContext {
  readonly fleet: bigint
  readonly lease: bigint
  /** The lease's. */
  readonly units: bigint
  /** Published inventories. */
  readonly versions: readonly { readonly version: bigint; readonly root: string }[]
}

export type CheckedBody = { readonly ok: true; readonly version: bigint; readonly gpus: number } | { readonly ok: false; readonly fault: BodyFault }

/** Holds a body's bytes to every rule a node has. A node judges it as a whole: one wrong GPU and it allocates none. */
export function checkBody(bytes: Uint8Array, { fleet, lease, units, versions }: BodyContext): CheckedBody {
  const no = (fault: BodyFault): CheckedBody => ({ ok: false, fault })
  if (bytes.length > MAX_BODY_BYTES) return no({ code: 'tooLarge' })
  const said = parsed(bytes)
  if (said === undefined) return no({ code: 'notJson' })
  if (!isSaid(said)) return no({ code: 'shape', where: wrongPart(said) ?? '' })
  if (BigInt(said.fleet) !== fleet || BigInt(said.lease) !== lease) return no({ code: 'otherLease', fleet: `${said.fleet}`, lease: `${said.lease}` })
  const inventory = versions.find(({ version }) => version === BigInt(said.version))
  if (inventory === undefined) return no({ code: 'noVersion', version: `${said.version}` })
  if (BigInt(said.gpus.length) > units) return no({ code: 'tooMany', count: said.gpus.length })
  const seen = new Set<string>()
  for (const { uuid, proof } of said.gpus) {
    if (seen.has(uuid)) return no({ code: 'twice', uuid })
    seen.add(uuid)
    if (rootOfProof(inventoryLeaf(uuid), proof) !== inventory.root.toLowerCase()) return no({ code: 'unproven', uuid, version: `${said.version}` })
  }
  return { ok: true, version: inventory.version, gpus: said.gpus.length }
}

interface Said {
  readonly fleet: number
  readonly lease: number
  readonly version: number
  readonly gpus: readonly { readonly uuid: string; readonly proof: readonly string[] }[]
}

function parsed(bytes: Uint8Array): unknown {
  try {
    // A byte order mark is no JSON to a node.
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch {
    return undefined
  }
}

function isSaid(body: unknown): body is Said {
  return wrongPart(body) === null
}

/** The first part that is not what a node's schema says, by its path; null when all is `Said`. Keys beyond it are refused as a node does. */
function wrongPart(body: unknown): string | null {
  if (!isRecord(body)) return '$'
  const strange = Object.keys(body).find((key) => !['fleet', 'lease', 'version', 'gpus'].includes(key))
  if (strange !== undefined) return strange
  for (const key of ['fleet', 'lease', 'version']) if (!isCount(body[key])) return key
  const { gpus } = body
  if (!Array.isArray(gpus)) return 'gpus'
  const place = gpus.findIndex((gpu) => !isGpu(gpu))
  return place < 0 ? null : `gpus[${place}]`
}

function isGpu(gpu: unknown): boolean {
  if (!isRecord(gpu) || Object.keys(gpu).length !== 2) return false
  const { uuid, proof } = gpu
  if (typeof uuid !== 'string' || uuid === '' || [...uuid].length > MAX_UUID) return false
  return Array.isArray(proof) && proof.length <= MAX_STEPS && proof.every((step) => typeof step === 'string' && /^0x[0-9a-f]{64}$/.test(step))
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
