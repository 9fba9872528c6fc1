import { useEffect, useState } from 'react'
import type { Address } from 'viem'
import { useChain } from '../useChain'
import { kindAt } from './accountKind'
import type { AccountKind } from './useWallet'

/** The kind of an account, read from the RPC in use, and again when that changes. For showing: a write reads it anew. */
export function useAccountKind(address: Address | null): AccountKind {
  const client = useChain()?.client ?? null
  const [found, setFound] = useState<{ readonly address: Address; readonly kind: AccountKind } | null>(null)
  useEffect(() => {
    if (address === null || client === null) return
    let here = true
    void kindAt(client, address).then((kind) => here && setFound({ address, kind }))
    return () => {
      here = false
    }
  }, [address, client])
  return found !== null && found.address === address ? found.kind : 'unknown'
}
