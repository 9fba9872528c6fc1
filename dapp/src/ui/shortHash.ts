import { visibleName } from '../format/name'

/** A hash of 32 bytes short enough for a table: `0x5aaeb6…1beaed`. What is none is shown as the text it is, made visible and cut. */
export function shortHash(hash: string): string {
  return /^0x[0-9a-fA-F]{64}$/.test(hash) ? `${hash.slice(0, 8)}…${hash.slice(-6)}` : visibleName(hash)
}
