import { expect, test } from 'vitest'
import { nextTask } from './cooperate'
import { growInventoryTree, inventoryLeaf, inventoryTree, MAX_INVENTORY } from './inventory'
import type { InventoryTree } from './inventory'
import type { MerkleTree } from './merkle'
import { rootOfProof } from './merkle'
import { inventoryVectors } from './vectors'

function treeIn(made: InventoryTree): MerkleTree {
  if (!made.ok) throw new Error(made.fault.code)
  return made.tree
}

test('inventories have the roots and proofs of the oracle, whatever the text of a UUID', () => {
  for (const { uuids, root, proofs } of inventoryVectors().trees) {
    const tree = treeIn(inventoryTree(uuids))
    expect(tree.root).toBe(root)
    for (const [index, uuid] of uuids.entries()) {
      expect(tree.proof(index)).toEqual(proofs[index])
      expect(rootOfProof(inventoryLeaf(uuid), tree.proof(index))).toBe(root)
    }
  }
})

test('100,000 GPUs make the root of the oracle while other tasks of the page get their turn', { timeout: 60_000 }, async () => {
  const { big } = inventoryVectors()
  const uuids = Array.from({ length: big.count }, (_, index) => `GPU-${index.toString(16).padStart(8, '0')}`)
  const told: number[] = []
  let turns = 0
  let working = true
  const others = (async () => {
    for (; working; turns++) await nextTask()
  })()
  const tree = treeIn(await growInventoryTree(uuids, { onProgress: (done) => told.push(done), sliceMs: 5 }))
  working = false
  await others

  expect(tree.root).toBe(big.root)
  expect(big.asked.map((leaf) => tree.proof(leaf))).toEqual(big.proofs)
  expect(turns).toBeGreaterThan(20)
  expect(told.length).toBeGreaterThan(20)
  expect(told).toEqual([...told].sort((a, b) => a - b))
  expect(told.at(-1)).toBe(1)
})

test('between two pauses no more is done than a slice', async () => {
  let now = 0
  const worked: number[] = []
  const uuids = Array.from({ length: 5000 }, (_, index) => `GPU-${index}`)
  let since = 0
  await growInventoryTree(uuids, {
    sliceMs: 8,
    // Every look at the clock, one a piece of work, finds a millisecond gone.
    clock: () => ++now,
    pause: async () => {
      worked.push(now - since)
      since = now
    },
  })
  expect(worked.length).toBeGreaterThan(10)
  expect(Math.max(...worked)).toBeLessThanOrEqual(10)
})

test('the work ends where it is told to, with the reason given', async () => {
  const control = new AbortController()
  const uuids = Array.from({ length: 20_000 }, (_, index) => `GPU-${index}`)
  let told = 0
  const growing = growInventoryTree(uuids, {
    signal: control.signal,
    sliceMs: 1,
    onProgress: () => {
      told++
      control.abort(new Error('another file'))
    },
  })
  await expect(growing).rejects.toThrow('another file')
  expect(told).toBe(1)
})

test.each<[string, string[], object]>([
  ['no entry', [], { code: 'inventory.empty' }],
  ['a blank entry', ['GPU-1', ''], { code: 'inventory.blank', index: 1 }],
  ['a GPU twice', ['a', 'GPU-1', 'b', 'GPU-1'], { code: 'inventory.duplicate', uuid: 'GPU-1', first: 1, second: 3 }],
  ['text without UTF-8', ['GPU-1', 'GPU-\ud800'], { code: 'inventory.notText', index: 1 }],
])('%s is refused by name', (_, uuids, fault) => {
  expect(inventoryTree(uuids)).toEqual({ ok: false, fault })
})

test('more entries than the page takes are refused before any work', () => {
  const uuids = Array.from({ length: MAX_INVENTORY + 1 }, () => '')
  expect(inventoryTree(uuids)).toEqual({
    ok: false,
    fault: { code: 'inventory.tooMany', count: MAX_INVENTORY + 1, limit: MAX_INVENTORY },
  })
})
