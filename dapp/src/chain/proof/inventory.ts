import { joined, WORD_BYTES, wordOf } from './bytes'
import type { Cooperation, Pieces } from './cooperate'
import { runAtOnce, runCooperatively } from './cooperate'
import type { MerkleTree } from './merkle'
import { plant } from './merkle'

/** Why a list makes no inventory. `index` counts from 0 in the list as given. */
export type InventoryFault =
  | { readonly code: 'inventory.empty' }
  | { readonly code: 'inventory.tooMany'; readonly count: number; readonly limit: number }
  | { readonly code: 'inventory.blank'; readonly index: number }
  | { readonly code: 'inventory.notText'; readonly index: number }
  | { readonly code: 'inventory.duplicate'; readonly uuid: string; readonly first: number; readonly second: number }

/** A fleet's inventory tree, whose root and size `publishInventory` takes, or why there is none. */
export type InventoryTree = { readonly ok: true; readonly tree: MerkleTree } | { readonly ok: false; readonly fault: InventoryFault }

/** The most entries the page takes: a million make 128 MB of tree. */
export const MAX_INVENTORY = 1_000_000

const UTF8 = new TextEncoder()
const UUIDS_A_PIECE = 1024
const LONE_SURROGATE = /\p{Surrogate}/u

/** abi.encode(string uuid): the tree's leaf for one GPU. */
export function inventoryLeaf(uuid: string): Uint8Array {
  const raw = UTF8.encode(uuid)
  const padding = new Uint8Array((WORD_BYTES - (raw.length % WORD_BYTES)) % WORD_BYTES)
  return joined(wordOf(BigInt(WORD_BYTES)), wordOf(BigInt(raw.length)), raw, padding)
}

/** The tree over GPU UUIDs, in pieces. */
export function* plantInventory(uuids: readonly string[]): Pieces<InventoryTree> {
  if (uuids.length === 0) return { ok: false, fault: { code: 'inventory.empty' } }
  if (uuids.length > MAX_INVENTORY) {
    return { ok: false, fault: { code: 'inventory.tooMany', count: uuids.length, limit: MAX_INVENTORY } }
  }
  for (const [index, uuid] of uuids.entries()) {
    if (uuid === '') return { ok: false, fault: { code: 'inventory.blank', index } }
    // Such text has no UTF-8: the encoder would put one and the same sign for every one of them.
    if (LONE_SURROGATE.test(uuid)) return { ok: false, fault: { code: 'inventory.notText', index } }
    if (index % UUIDS_A_PIECE === 0) yield 0
  }
  const planted = yield* plant(uuids.length, (index) => inventoryLeaf(uuids[index] ?? ''))
  if ('tree' in planted) return { ok: true, tree: planted.tree }
  const [first, second] = planted.twins
  return { ok: false, fault: { code: 'inventory.duplicate', uuid: uuids[first] ?? '', first, second } }
}

/** The tree over GPU UUIDs, at once. */
export function inventoryTree(uuids: readonly string[]): InventoryTree {
  return runAtOnce(plantInventory(uuids))
}

/** The tree over GPU UUIDs without holding the page up; `how` tells of progress and can end it. */
export function growInventoryTree(uuids: readonly string[], how: Cooperation = {}): Promise<InventoryTree> {
  return runCooperatively(plantInventory(uuids), how)
}
