import { bytesToHex, hexToBytes } from 'viem'
import type { Hex } from 'viem'

/** Bytes of one word of the EVM and of every hash here. */
export const WORD_BYTES = 32

const WHOLE_BYTES = /^0x(?:[0-9a-fA-F]{2})*$/

/** The bytes a 0x-hex text spells, or null when it is not one, or (with `length`) not that many bytes. */
export function bytesOf(text: string, length?: number): Uint8Array | null {
  if (length !== undefined && text.length !== 2 + 2 * length) return null
  return isWholeBytes(text) ? hexToBytes(text) : null
}

/** Bytes as lower-case 0x-hex, the one spelling in which values are compared here. */
export function hexOf(bytes: Uint8Array): Hex {
  return bytesToHex(bytes)
}

/** One big-endian word of an unsigned integer below 2^256. Throws RangeError for any other. */
export function wordOf(value: bigint): Uint8Array {
  if (value < 0n || value >> 256n !== 0n) throw new RangeError('not a uint256')
  return hexToBytes(`0x${value.toString(16).padStart(2 * WORD_BYTES, '0')}`)
}

/** Below, at or above zero as the words at byte places `a` and `b` of one buffer compare. */
export function compareWords(buffer: Uint8Array, a: number, b: number): number {
  for (let at = 0; at < WORD_BYTES; at++) {
    const difference = (buffer[a + at] ?? 0) - (buffer[b + at] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** The byte strings one after another. */
export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

function isWholeBytes(text: string): text is Hex {
  return WHOLE_BYTES.test(text)
}
