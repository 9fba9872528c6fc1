import type { Cooperation } from '../../../chain/proof/cooperate'
import { growInventoryTree } from '../../../chain/proof/inventory'
import type { MerkleTree } from '../../../chain/proof/merkle'
import { MAX_FILE_BYTES, readInventory, type InventoryFileFault } from '../../../domain/inventory/inventoryFile'
import { readText } from '../../../format/readText'

/** A list of GPUs and the tree over it. Leaf i of the tree is `uuids[i]`. */
export interface GpuList {
  readonly fileName: string
  readonly uuids: readonly string[]
  readonly tree: MerkleTree
}

export type ReadList =
  | { readonly ok: true; readonly list: GpuList }
  | { readonly ok: false; readonly fault: InventoryFileFault }

/** Reads a file of GPUs and grows the tree over them, without holding the page up. Rejects where the file cannot be read, or with the signal's reason. */
export async function readGpuList(file: File, signal: AbortSignal, onProgress: (done: number) => void): Promise<ReadList> {
  const text = await readText(file, MAX_FILE_BYTES, signal)
  if (text === null) return { ok: false, fault: { code: 'tooLarge' } }
  const read = readInventory(text)
  if (!read.ok) return { ok: false, fault: read.error }
  const how: Cooperation = { signal, onProgress }
  const grown = await growInventoryTree(read.value, how)
  // Everything a tree can fail for was looked for in the list, where lines can be named.
  if (!grown.ok) throw new Error(grown.fault.code)
  return { ok: true, list: { fileName: file.name, uuids: read.value, tree: grown.tree } }
}

/** The list as a site serves it and nodes read it: a JSON list of texts. */
export function servedList(uuids: readonly string[]): string {
  return JSON.stringify(uuids)
}
