import type { Refusal } from '../../../queue/entry'
import { inTime, type Provider } from '../../wallet/provider'
import { walletAnswer } from '../../wallet/walletError'

/** A wallet answers this by itself. */
const PROBE_MS = 5_000

export type BundleState =
  | { readonly kind: 'waiting' }
  /** The wallet says that it has no such bundle, or that it tells of none. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'sent'; readonly hash: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

/** What became of an EIP-5792 bundle. A wallet that does not answer is waited for. */
export async function bundleState(provider: Provider, bundleId: string): Promise<BundleState> {
  try {
    return readBundle(await inTime(provider.request({ method: 'wallet_getCallsStatus', params: [bundleId] }), PROBE_MS))
  } catch (error) {
    const { kind } = walletAnswer(error)
    return kind === 'unknownBundle' || kind === 'unsupported' ? { kind: 'unknown' } : { kind: 'waiting' }
  }
}

/**
 * By the codes of EIP-5792: 2xx is on the chain, 4xx never got there, 5xx reverted, 6xx reverted in part. A bundle can revert inside a transaction that succeeded, when
 * another account paid for it; the transaction is then no sign of success, and the wallet's word is taken.
 */
export function readBundle(answer: unknown): BundleState {
  const status = statusOf(field(answer, 'status'))
  const receipts: unknown = field(answer, 'receipts')
  const last: unknown = Array.isArray(receipts) ? receipts.at(-1) : undefined
  const hash = field(last, 'transactionHash')
  if (status >= 400 && status < 500) return refused('wallet.bundleFailed')
  if (status >= 500 && status < 700 && field(last, 'status') !== '0x0') return refused('wallet.bundleReverted')
  return status >= 200 && typeof hash === 'string' ? { kind: 'sent', hash } : { kind: 'waiting' }
}

/** Version 1 answered in words. */
function statusOf(status: unknown): number {
  if (typeof status === 'number') return status
  return status === 'CONFIRMED' ? 200 : 100
}

function refused(name: string): BundleState {
  return { kind: 'refused', refusal: { by: 'wallet', name, arguments: [] } }
}

function field(of: unknown, name: string): unknown {
  return typeof of === 'object' && of !== null ? Reflect.get(of, name) : undefined
}
