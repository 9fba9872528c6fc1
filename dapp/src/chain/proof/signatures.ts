import { recoverAddress } from 'viem'
import type { Address, Hex } from 'viem'
import { bytesOf, hexOf, WORD_BYTES } from './bytes'

/** One signature of a report as it is sent: the node it names, and r and vs (EIP-2098). */
export interface SignatureRecord {
  readonly node: number
  readonly r: Hex
  readonly vs: Hex
}

/** Bytes of one record: `index ++ r ++ vs`. */
export const RECORD_BYTES = 65

/** Half of secp256k1's order: every signature has a twin with s above it, which the contract does not accept. */
const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n
const PARITY_BIT = 255n

/** The records one after another, or null when the bytes are no whole number of them. */
export function splitSignatures(packed: Hex): SignatureRecord[] | null {
  const bytes = bytesOf(packed)
  if (bytes === null || bytes.length % RECORD_BYTES !== 0) return null
  const records: SignatureRecord[] = []
  for (let at = 0; at < bytes.length; at += RECORD_BYTES) {
    records.push({
      node: bytes[at] ?? 0,
      r: hexOf(bytes.subarray(at + 1, at + 1 + WORD_BYTES)),
      vs: hexOf(bytes.subarray(at + 1 + WORD_BYTES, at + RECORD_BYTES)),
    })
  }
  return records
}

/** Who signed `digest`, checksummed; null when no key can have made the signature, or its s is high. */
export async function recoverSigner(digest: Hex, record: SignatureRecord): Promise<Address | null> {
  const vs = BigInt(record.vs)
  const s = BigInt.asUintN(255, vs)
  if (s > HALF_ORDER) return null
  const yParity = Number(vs >> PARITY_BIT)
  const sHex: Hex = `0x${s.toString(16).padStart(2 * WORD_BYTES, '0')}`
  try {
    return await recoverAddress({ hash: digest, signature: { r: record.r, s: sHex, yParity } })
  } catch {
    // The curve's library throws for r or s out of range and for an r that is no point's: the contract sees the zero address.
    return null
  }
}
