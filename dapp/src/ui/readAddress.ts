/** An address of the chain, as viem types it. */
export type AddressText = `0x${string}`

export type AddressProblem = 'empty' | 'noPrefix' | 'notHex' | 'length' | 'checksum'

export type ReadAddress = { readonly ok: true; readonly address: AddressText } | { readonly ok: false; readonly problem: AddressProblem; readonly length: number }

/**
 * The address a person typed or pasted, in EIP-55 case. Spaces around it are dropped, nothing else is mended. `checksum` writes an address in EIP-55 case
 * (viem's `getAddress`); a text in mixed case must be equal to it, for a wrong letter would send to nobody. One in a single case carries no checksum.
 */
export function readAddress(text: string, checksum: (address: AddressText) => AddressText): ReadAddress {
  const typed = text.trim()
  const fail = (problem: AddressProblem): ReadAddress => ({ ok: false, problem, length: Math.max(0, typed.length - 2) })
  if (typed === '') return fail('empty')
  if (!isPrefixed(typed)) return fail('noPrefix')
  const digits = typed.slice(2)
  if (!/^[0-9a-fA-F]*$/.test(digits)) return fail('notHex')
  if (digits.length !== 40) return fail('length')
  const address = checksum(`0x${digits.toLowerCase()}`)
  const mixed = /[a-f]/.test(digits) && /[A-F]/.test(digits)
  return mixed && address !== typed ? fail('checksum') : { ok: true, address }
}

function isPrefixed(text: string): text is AddressText {
  return text.startsWith('0x')
}
