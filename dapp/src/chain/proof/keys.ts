import { getAddress, zeroAddress } from 'viem'
import type { Address, Hex } from 'viem'
import { bytesOf, hexOf, WORD_BYTES } from './bytes'

/** One node's keys: reports with epoch >= `hotFrom` are signed by `hot`, older ones by `previousHot`. As INodeSet.NodeKeys, less the cold key. */
export interface HotKeys {
  readonly hot: Address
  readonly previousHot: Address
  readonly hotFrom: bigint
}

/** A node set as MeterOracle knew it when a report was posted, in index order. */
export interface SignerSet {
  readonly configDigest: Hex
  readonly quorum: number
  readonly keys: readonly HotKeys[]
}

/** MeterOracle's event SignersSet, the newest before the report was posted, and the code of the contract it names. */
export interface SignersSet {
  /** `eth_getCode` of `blob`. A blob is never changed or destroyed, so its code at any later block is the same. */
  readonly code: Hex
  readonly quorum: number
  readonly nodes: number
}

const ADDRESS_BYTES = 20
const EPOCH_BYTES = 8
const KEY_BYTES = 2 * ADDRESS_BYTES + EPOCH_BYTES
/** A leading STOP keeps the blob from being run. */
const STOP_BYTES = 1

/** The keys in a blob: STOP, then `configDigest 32 ++ (hot 20, previousHot 20, hotFrom 8) * n` (KeyBlob.sol). Null when the code is none of `nodes` keys. */
export function signerSetOf(set: SignersSet): SignerSet | null {
  const code = bytesOf(set.code, STOP_BYTES + WORD_BYTES + KEY_BYTES * set.nodes)
  if (code === null || code[0] !== 0) return null
  const keys: HotKeys[] = []
  for (let at = STOP_BYTES + WORD_BYTES; at < code.length; at += KEY_BYTES) {
    const previous = at + ADDRESS_BYTES
    const from = previous + ADDRESS_BYTES
    keys.push({
      hot: getAddress(hexOf(code.subarray(at, previous))),
      previousHot: getAddress(hexOf(code.subarray(previous, from))),
      hotFrom: BigInt(hexOf(code.subarray(from, from + EPOCH_BYTES))),
    })
  }
  return { configDigest: hexOf(code.subarray(STOP_BYTES, STOP_BYTES + WORD_BYTES)), quorum: set.quorum, keys }
}

/** Whose signature counts for node `index` in a report of `epoch`; null when there is no such node or it has no key. */
export function keyAt(set: SignerSet, index: number, epoch: bigint): Address | null {
  const keys = set.keys[index]
  if (keys === undefined) return null
  const key = epoch < keys.hotFrom ? keys.previousHot : keys.hot
  return key === zeroAddress ? null : getAddress(key)
}
