import type { MerkleTree } from '../../../chain/proof/merkle'

/** The zero hash: takes all GPUs away. */
export const NO_BODY: `0x${string}` = `0x${'0'.repeat(64)}`

/** What an allocation body says: which GPUs serve a lease, each proven into the fleet's inventory of `version`. */
export interface AllocationBody {
  readonly fleet: bigint
  readonly lease: bigint
  readonly version: bigint
  readonly gpus: readonly { readonly uuid: string; readonly proof: readonly string[] }[]
}

/**
 * The body's text, in the very bytes that Python's `json.dumps` gives the same value (scripts/stage/bodies.py): any JSON would do for a node, but one form
 * means one hash for one allocation, whoever makes it. ASCII only.
 */
export function bodyText({ fleet, lease, version, gpus }: AllocationBody): string {
  const listed = gpus.map(({ uuid, proof }) => `{"uuid": ${textOf(uuid)}, "proof": [${proof.map(textOf).join(', ')}]}`)
  return `{"fleet": ${fleet}, "lease": ${lease}, "version": ${version}, "gpus": [${listed.join(', ')}]}`
}

/** The body of chosen GPUs, by their places in the inventory's list. Throws RangeError for a place beyond it. */
export function bodyOf(
  about: Pick<AllocationBody, 'fleet' | 'lease' | 'version'>,
  uuids: readonly string[],
  tree: MerkleTree,
  places: readonly number[],
): AllocationBody {
  const gpus = places.map((place) => ({ uuid: uuids[place] ?? '', proof: tree.proof(place) }))
  return { ...about, gpus }
}

function textOf(text: string): string {
  return JSON.stringify(text).replace(/[\x7f-\uffff]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
