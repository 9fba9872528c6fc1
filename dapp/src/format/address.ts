import { visibleName } from './name'

/**
 * An address short enough for a table: `0x5aAeb6…1BeAed`. The case of its letters is kept, for it is the EIP-55 checksum. Six digits stand at either
 * end, because look-alike addresses are made to match four; the whole address belongs in a title or behind a copy button. What is not an
 * address is shown as the text it is, made visible and cut.
 */
export function shortAddress(address: string): string {
  if (!/^0x[0-9a-fA-F]{40}$/.test(address)) return visibleName(address)
  return `${address.slice(0, 8)}…${address.slice(-6)}`
}
