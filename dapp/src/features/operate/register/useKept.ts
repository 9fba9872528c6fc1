import { useCallback, useMemo, useState } from 'react'
import { useConfig } from '../../../chain/context'
import { forgetPending, keepPending, keptPending, type Pending, type Shelf } from './pending'

const NOWHERE: Shelf = { getItem: () => null, setItem: () => undefined, removeItem: () => undefined }

/** Registrations begun in this browser on this chain. */
export interface Kept {
  readonly all: readonly Pending[]
  readonly keep: (pending: Omit<Pending, 'registry' | 'chainId'>) => void
  readonly forget: (pending: Pending) => void
}

export function useKept(): Kept {
  const config = useConfig()
  const [turn, setTurn] = useState(0)
  const registry = config.contracts.FleetRegistry.address
  const chainId = config.chain.id
  const all = useMemo(
    () => keptPending(shelf()).filter((each) => each.chainId === chainId && each.registry.toLowerCase() === registry.toLowerCase()),
    // `turn` counts the changes made here.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [chainId, registry, turn],
  )
  const keep = useCallback<Kept['keep']>(
    (pending) => {
      keepPending(shelf(), { ...pending, registry, chainId })
      setTurn((count) => count + 1)
    },
    [registry, chainId],
  )
  const forget = useCallback<Kept['forget']>((pending) => {
    forgetPending(shelf(), pending)
    setTurn((count) => count + 1)
  }, [])
  return { all, keep, forget }
}

function shelf(): Shelf {
  try {
    return window.localStorage
  } catch {
    return NOWHERE
  }
}
