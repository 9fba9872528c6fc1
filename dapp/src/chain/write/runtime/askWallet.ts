import type { Address } from 'viem'
import type { Refusal } from '../../../queue/entry'
import type { Provider } from '../../wallet/provider'
import { walletAnswer } from '../../wallet/walletError'
import { type Encoded } from '../calldata'
import { refusalOf, revertDataOf } from '../revertData'
import { transactionOf } from '../simulate'

export type Asked =
  | { readonly kind: 'sent'; readonly hash: string }
  | { readonly kind: 'bundled'; readonly bundleId: string }
  | { readonly kind: 'rejected' }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

/** Asks the wallet to send one call, or several as one batch (EIP-5792). Resolves when the person has answered, which may be never. Never rejects. */
export async function askWallet(provider: Provider, account: Address, chainId: number, calls: readonly Encoded[]): Promise<Asked> {
  const hex = `0x${chainId.toString(16)}`
  const [first, second] = calls
  if (first === undefined) return refused('wallet.badAnswer')
  try {
    if (second === undefined) {
      const params = [{ from: account, chainId: hex, ...transactionOf(first) }]
      const hash = await provider.request({ method: 'eth_sendTransaction', params })
      return { kind: 'sent', hash: typeof hash === 'string' ? hash : '' }
    }
    const params = [{ version: '2.0.0', chainId: hex, from: account, atomicRequired: true, calls: calls.map(transactionOf) }]
    const answer = await provider.request({ method: 'wallet_sendCalls', params })
    const bundleId = bundleIdOf(answer)
    return bundleId === null ? refused('wallet.badAnswer') : { kind: 'bundled', bundleId }
  } catch (error) {
    return afterError(error)
  }
}

function afterError(error: unknown): Asked {
  const answer = walletAnswer(error)
  if (answer.kind === 'rejected') return { kind: 'rejected' }
  const data = answer.kind === 'failed' ? revertDataOf(error) : null
  // Some wallets estimate first and pass the revert on.
  if (data !== null && data !== '0x') return { kind: 'refused', refusal: refusalOf(data) }
  if (answer.kind !== 'failed') return refused(`wallet.${answer.kind}`)
  return { kind: 'refused', refusal: { by: 'wallet', name: 'wallet.failed', arguments: [{ name: 'detail', value: answer.detail }] } }
}

function refused(name: string): Asked {
  return { kind: 'refused', refusal: { by: 'wallet', name, arguments: [] } }
}

/** Version 2 answers an object, version 1 a text. */
function bundleIdOf(answer: unknown): string | null {
  const id: unknown = typeof answer === 'object' && answer !== null ? Reflect.get(answer, 'id') : answer
  return typeof id === 'string' && id !== '' && id.length <= 8_192 ? id : null
}
