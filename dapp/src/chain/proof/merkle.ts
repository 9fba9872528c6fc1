import { keccak_256 } from '@noble/hashes/sha3'
import type { Hex } from 'viem'
import { bytesOf, compareWords, hexOf, joined, WORD_BYTES, wordOf } from './bytes'
import type { Pieces } from './cooperate'

/**
 * StandardMerkleTree of `@openzeppelin/merkle-tree`: leaf hashes in ascending order, laid from the end of a complete binary tree
 * that is kept as an array (children of i at 2i+1 and 2i+2); a node is the Keccak of its two children in ascending order.
 */
export interface MerkleTree {
  readonly root: Hex
  /** How many leaves it has. */
  readonly size: number
  /** Sibling hashes from the `leaf`-th leaf, in the order the tree was built from, up to the root. Throws RangeError without such a leaf. */
  proof(leaf: number): Hex[]
}

/** The tree, or the places of two leaves that are equal: one meter or GPU twice under one root is refused. */
export type Planted = { readonly tree: MerkleTree } | { readonly twins: readonly [number, number] }

/** The most siblings a proof can have: a report has fewer than 2^32 leaves. */
export const MAX_PROOF = 32

/** How many hashes or comparisons are one piece of work: some tenths of a millisecond. */
const HASHES_A_PIECE = 64
const COMPARISONS_A_PIECE = 4096
/** What sorting costs beside hashing, for the progress told. */
const LEAVES_SHARE = 0.6
const SORT_SHARE = 0.05

/** abi.encode(uint256 meterId, uint256 reading). Throws RangeError when one is not a uint256. */
export function meterLeaf(meterId: bigint, reading: bigint): Uint8Array {
  return joined(wordOf(meterId), wordOf(reading))
}

/** keccak256(keccak256(encoded)): twice, so that no inner node can pass for a leaf. */
export function leafHash(encoded: Uint8Array): Uint8Array {
  return keccak_256(keccak_256(encoded))
}

/** The root that `proof` leads to from one ABI-encoded leaf; null when it is too long or an element is not 32 bytes of hex. */
export function rootOfProof(encoded: Uint8Array, proof: readonly string[]): Hex | null {
  if (proof.length > MAX_PROOF) return null
  const pair = new Uint8Array(2 * WORD_BYTES)
  let node = leafHash(encoded)
  for (const text of proof) {
    const sibling = bytesOf(text, WORD_BYTES)
    if (sibling === null) return null
    pair.set(node, 0)
    pair.set(sibling, WORD_BYTES)
    node = hashOfPair(pair, 0, WORD_BYTES)
  }
  return hexOf(node)
}

/** Plants the tree over `count` ABI-encoded leaves, each asked for once. Throws RangeError without leaves. */
export function* plant(count: number, leafAt: (index: number) => Uint8Array): Pieces<Planted> {
  if (count < 1) throw new RangeError('a Merkle tree needs at least one leaf')
  const nodes = new Uint8Array((2 * count - 1) * WORD_BYTES)
  const hashes = new Uint8Array(count * WORD_BYTES)
  for (let leaf = 0; leaf < count; leaf++) {
    hashes.set(leafHash(leafAt(leaf)), leaf * WORD_BYTES)
    if (leaf % HASHES_A_PIECE === 0) yield (LEAVES_SHARE * leaf) / count
  }

  const order = yield* ascending(hashes, count)
  const places = new Uint32Array(count)
  for (let rank = 0; rank < count; rank++) {
    const leaf = order[rank] ?? 0
    const before = order[rank - 1]
    if (before !== undefined && compareWords(hashes, before * WORD_BYTES, leaf * WORD_BYTES) === 0) {
      return { twins: before < leaf ? [before, leaf] : [leaf, before] }
    }
    const place = 2 * count - 2 - rank
    places[leaf] = place
    nodes.set(hashes.subarray(leaf * WORD_BYTES, (leaf + 1) * WORD_BYTES), place * WORD_BYTES)
    if (rank % COMPARISONS_A_PIECE === 0) yield LEAVES_SHARE + SORT_SHARE
  }

  const done = LEAVES_SHARE + SORT_SHARE
  for (let node = count - 2; node >= 0; node--) {
    nodes.set(hashOfPair(nodes, (2 * node + 1) * WORD_BYTES, (2 * node + 2) * WORD_BYTES), node * WORD_BYTES)
    if (node % HASHES_A_PIECE === 0) yield done + ((1 - done) * (count - node)) / count
  }
  return { tree: treeOf(nodes, places) }
}

function treeOf(nodes: Uint8Array, places: Uint32Array): MerkleTree {
  const nodeAt = (place: number): Hex => hexOf(nodes.subarray(place * WORD_BYTES, (place + 1) * WORD_BYTES))
  return {
    root: nodeAt(0),
    size: places.length,
    proof(leaf) {
      const place = places[leaf]
      if (place === undefined) throw new RangeError(`no leaf ${leaf} in a tree of ${places.length}`)
      const path: Hex[] = []
      for (let node = place; node > 0; node = Math.floor((node - 1) / 2)) {
        path.push(nodeAt(node % 2 === 1 ? node + 1 : node - 1))
      }
      return path
    },
  }
}

/** The Keccak of the words at places `a` and `b`, in ascending order. */
function hashOfPair(buffer: Uint8Array, a: number, b: number): Uint8Array {
  const [first, second] = compareWords(buffer, a, b) < 0 ? [a, b] : [b, a]
  return keccak_256(joined(buffer.subarray(first, first + WORD_BYTES), buffer.subarray(second, second + WORD_BYTES)))
}

/** The leaves' numbers in ascending order of their hashes: a merge sort, because it can pause at any point and has no bad case. */
function* ascending(hashes: Uint8Array, count: number): Pieces<Uint32Array> {
  let from = Uint32Array.from({ length: count }, (_, index) => index)
  let into = new Uint32Array(count)
  let compared = 0
  for (let width = 1; width < count; width *= 2) {
    for (let start = 0; start < count; start += 2 * width) {
      const middle = Math.min(start + width, count)
      const end = Math.min(start + 2 * width, count)
      let left = start
      let right = middle
      for (let at = start; at < end; at++) {
        const takeLeft = left < middle && (right >= end || inOrder(hashes, from[left] ?? 0, from[right] ?? 0))
        into[at] = from[takeLeft ? left++ : right++] ?? 0
        if (++compared % COMPARISONS_A_PIECE === 0) yield LEAVES_SHARE
      }
    }
    const swap = from
    from = into
    into = swap
  }
  return from
}

function inOrder(hashes: Uint8Array, a: number, b: number): boolean {
  return compareWords(hashes, a * WORD_BYTES, b * WORD_BYTES) <= 0
}
