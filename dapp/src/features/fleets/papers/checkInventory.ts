import type { Cooperation } from '../../../chain/proof/cooperate'
import { growInventoryTree } from '../../../chain/proof/inventory'
import type { InventoryVersion } from '../../../domain/documents'
import { readInventory, type InventoryFileFault } from '../../../domain/inventory/inventoryFile'

/** What a list of GPUs turned out to be: a published version (the newest one with its root), another list, or none at all. */
export type InventoryCheck =
  | { readonly kind: 'match'; readonly root: string; readonly count: number; readonly version: bigint; readonly current: boolean }
  | { readonly kind: 'differs'; readonly root: string; readonly count: number }
  | { readonly kind: 'badFile'; readonly fault: InventoryFileFault }

/** Builds the tree over a file's GPUs, without holding the page up, and looks its root up among the versions (newest first). */
export async function checkInventory(text: string, versions: readonly InventoryVersion[], how: Cooperation = {}): Promise<InventoryCheck> {
  const read = readInventory(text)
  if (!read.ok) return { kind: 'badFile', fault: read.error }
  const grown = await growInventoryTree(read.value, how)
  // Everything a tree can fail for was looked for in the list, where lines can be named.
  if (!grown.ok) throw new Error(grown.fault.code)
  const { root, size } = grown.tree
  const place = versions.findIndex((each) => each.root.toLowerCase() === root.toLowerCase() && each.count === BigInt(size))
  const version = versions[place]
  return version === undefined
    ? { kind: 'differs', root, count: size }
    : { kind: 'match', root, count: size, version: version.version, current: place === 0 }
}
