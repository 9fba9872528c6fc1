import { type Address, type Hex, isAddressEqual, recoverTypedDataAddress } from 'viem'
import type { Provider } from '../wallet/provider'
import { walletAnswer } from '../wallet/walletError'
import type { PermitDomain } from './readToken'
import type { PermitSignature } from './write'

/** How long a permit is good for, in chain seconds: long enough for a slow hardware wallet, short enough to be forgotten. */
export const PERMIT_SECONDS = 1_800n

const TYPES = {
  Permit: [
    { name: 'owner', type: 'address' },
    { name: 'spender', type: 'address' },
    { name: 'value', type: 'uint256' },
    { name: 'nonce', type: 'uint256' },
    { name: 'deadline', type: 'uint256' },
  ],
} as const
const DOMAIN = [
  { name: 'name', type: 'string' },
  { name: 'version', type: 'string' },
  { name: 'chainId', type: 'uint256' },
  { name: 'verifyingContract', type: 'address' },
] as const

export interface Permit {
  readonly domain: PermitDomain
  readonly owner: Address
  readonly spender: Address
  /** In the token's smallest unit. */
  readonly value: bigint
  readonly nonce: bigint
  /** Unix seconds of the chain. */
  readonly deadline: bigint
}

export type PermitAnswer =
  | { readonly kind: 'signed'; readonly signature: PermitSignature }
  | { readonly kind: 'rejected' }
  /** The wallet cannot, or what it gave is not this account's signature: an approval does the same. */
  | { readonly kind: 'useless' }

/** Asks the wallet to sign an ERC-2612 permit (eth_signTypedData_v4) and checks what it gives. May take as long as the person takes. */
export async function signedPermit(provider: Provider, permit: Permit): Promise<PermitAnswer> {
  let answer: unknown
  try {
    answer = await provider.request({ method: 'eth_signTypedData_v4', params: [permit.owner, typedData(permit)] })
  } catch (error) {
    const { kind } = walletAnswer(error)
    return kind === 'rejected' ? { kind: 'rejected' } : { kind: 'useless' }
  }
  const parts = typeof answer === 'string' ? partsOf(answer) : null
  if (parts === null) return { kind: 'useless' }
  try {
    const { domain, owner, spender, value, nonce, deadline } = permit
    const message = { owner, spender, value, nonce, deadline }
    const signature: Hex = `0x${parts.r.slice(2)}${parts.s.slice(2)}${parts.v.toString(16)}`
    const signer = await recoverTypedDataAddress({ domain, types: TYPES, primaryType: 'Permit', message, signature })
    if (!isAddressEqual(signer, owner)) return { kind: 'useless' }
    return { kind: 'signed', signature: { deadline, ...parts } }
  } catch {
    return { kind: 'useless' }
  }
}

/** The JSON that eth_signTypedData_v4 takes; integers are decimal text, which every wallet reads. */
export function typedData({ domain, owner, spender, value, nonce, deadline }: Permit): string {
  return JSON.stringify({
    types: { EIP712Domain: DOMAIN, ...TYPES },
    primaryType: 'Permit',
    domain,
    message: { owner, spender, value: value.toString(), nonce: nonce.toString(), deadline: deadline.toString() },
  })
}

/** v, r and s of a signature of 65 bytes; v may come as 0 and 1. Null for any other. */
export function partsOf(signature: string): { readonly v: number; readonly r: Hex; readonly s: Hex } | null {
  const parts = /^0x([0-9a-f]{64})([0-9a-f]{64})([0-9a-f]{2})$/i.exec(signature)
  const [, r, s, last] = parts ?? []
  if (r === undefined || s === undefined || last === undefined) return null
  const v = Number.parseInt(last, 16)
  if (![0, 1, 27, 28].includes(v)) return null
  return { v: v < 27 ? v + 27 : v, r: `0x${r}`, s: `0x${s}` }
}
