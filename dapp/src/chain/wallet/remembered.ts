import type { Announcement } from './discovery'

/** The wallet connected on the last visit. */
export interface Remembered {
  readonly rdns: string
  readonly uuid: string
  /** More than one claimed this rdns then. */
  readonly shared: boolean
}

export type Found =
  | { readonly kind: 'none' }
  | { readonly kind: 'one'; readonly announcement: Announcement }
  /** It cannot be told which one it was: the person has to say. */
  | { readonly kind: 'ambiguous' }

const KEY = 'wellhead.wallet'

/**
 * The remembered wallet among those announced now. A uuid may be new in every page load (EIP-6963 asks no more), so the rdns alone decides where
 * it names one wallet, then and now; where it names two, only the uuid does.
 */
export function found(announced: readonly Announcement[], remembered: Remembered | null): Found {
  if (remembered === null) return { kind: 'none' }
  const same = announced.filter(({ wallet }) => wallet.rdns === remembered.rdns)
  const exact = same.find(({ wallet }) => wallet.uuid === remembered.uuid)
  if (exact !== undefined) return { kind: 'one', announcement: exact }
  const [only] = same
  if (only === undefined) return { kind: 'none' }
  return same.length === 1 && !remembered.shared ? { kind: 'one', announcement: only } : { kind: 'ambiguous' }
}

/** Null where nothing is remembered, where it cannot be read, and where it is not of this shape. */
export function recall(storage: Pick<Storage, 'getItem'> | null): Remembered | null {
  try {
    const value: unknown = JSON.parse(storage?.getItem(KEY) ?? 'null')
    if (typeof value !== 'object' || value === null || !('rdns' in value) || !('uuid' in value) || !('shared' in value)) return null
    const { rdns, uuid, shared } = value
    return typeof rdns === 'string' && typeof uuid === 'string' && typeof shared === 'boolean' ? { rdns, uuid, shared } : null
  } catch {
    return null
  }
}

/** Remembers a wallet, or with null that none is connected. A browser that keeps nothing is no fault. */
export function remember(storage: Pick<Storage, 'setItem' | 'removeItem'> | null, wallet: Remembered | null): void {
  try {
    if (wallet === null) storage?.removeItem(KEY)
    else storage?.setItem(KEY, JSON.stringify({ rdns: wallet.rdns, uuid: wallet.uuid, shared: wallet.shared }))
  } catch {
    // The person connects again on the next visit.
  }
}
