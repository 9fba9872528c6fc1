import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytesOf, hexOf } from './bytes'
import { runAtOnce } from './cooperate'
import { inventoryLeaf } from './inventory'
import { meterLeaf, plant, rootOfProof } from './merkle'
import type { MerkleTree } from './merkle'
import { meterTreeVectors } from './vectors'

function treeOver(leaves: readonly Uint8Array[]): MerkleTree {
  const planted = runAtOnce(plant(leaves.length, (index) => leaves[index] ?? new Uint8Array()))
  if ('twins' in planted) throw new Error(`twins ${planted.twins.join()}`)
  return planted.tree
}

test('meter trees have the roots and proofs of the oracle, and every proof leads to its root', () => {
  for (const { leaves, root, proofs } of meterTreeVectors()) {
    const encoded = leaves.map((leaf) => meterLeaf(leaf.meterId, leaf.reading))
    const tree = treeOver(encoded)
    expect(tree.root).toBe(root)
    expect(tree.size).toBe(leaves.length)
    for (const [index, leaf] of encoded.entries()) {
      expect(tree.proof(index)).toEqual(proofs[index])
      expect(rootOfProof(leaf, tree.proof(index))).toBe(root)
    }
    expect(() => tree.proof(leaves.length)).toThrow(RangeError)
  }
})

test('the order of the leaves does not change the root', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 40 }), fc.nat(), (texts, seed) => {
      const turned = [...texts.slice(seed % texts.length), ...texts.slice(0, seed % texts.length)]
      expect(treeOver(turned.map(inventoryLeaf)).root).toBe(treeOver(texts.map(inventoryLeaf)).root)
    }),
    { numRuns: 50 },
  )
})

test('two equal leaves are named, wherever they stand', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 60 }), fc.nat(), fc.nat(), (size, a, b) => {
      fc.pre(a % size !== b % size)
      const texts = Array.from({ length: size }, (_, index) => `GPU-${index}`)
      texts[a % size] = texts[b % size] = 'twin'
      const twins = runAtOnce(plant(size, (index) => inventoryLeaf(texts[index] ?? '')))
      expect(twins).toEqual({ twins: [Math.min(a % size, b % size), Math.max(a % size, b % size)] })
    }),
    { numRuns: 50 },
  )
})

test('one flipped bit of leaf or proof leads to another root', () => {
  const vectors = meterTreeVectors().filter(({ leaves }) => leaves.length > 1)
  fc.assert(
    fc.property(fc.constantFrom(...vectors), fc.nat(), fc.nat(), fc.nat(), ({ leaves, root, proofs }, which, where, bit) => {
      const index = which % leaves.length
      const { meterId, reading } = leaves[index] ?? { meterId: 0n, reading: 0n }
      const proof = proofs[index] ?? []
      const mask = 1n << BigInt(bit % 256)
      expect(rootOfProof(meterLeaf(meterId ^ mask, reading), proof)).not.toBe(root)
      expect(rootOfProof(meterLeaf(meterId, reading ^ mask), proof)).not.toBe(root)
      const bent = proof.map((node, at) => (at === where % proof.length ? flipped(node, bit % 256) : node))
      expect(rootOfProof(meterLeaf(meterId, reading), bent)).not.toBe(root)
    }),
  )
})

test('a proof that is malformed or longer than any tree leads nowhere', () => {
  const leaf = meterLeaf(1n, 2n)
  const node = `0x${'ab'.repeat(32)}`
  for (const bad of ['', '0x', node.slice(2), `${node}00`, node.slice(0, -2), `0x${'zz'.repeat(32)}`, `0x${'ab'.repeat(31)}a `]) {
    expect(rootOfProof(leaf, [node, bad])).toBeNull()
  }
  expect(rootOfProof(leaf, Array.from({ length: 32 }, () => node))).not.toBeNull()
  expect(rootOfProof(leaf, Array.from({ length: 33 }, () => node))).toBeNull()
})

function flipped(hex: string, bit: number): string {
  const bytes = bytesOf(hex) ?? new Uint8Array()
  bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return hexOf(bytes)
}
