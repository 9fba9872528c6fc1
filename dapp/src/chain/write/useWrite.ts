import { createContext, useContext } from 'react'
import type { Write } from './write'

/** Why nothing can be written now. */
export type WritesOff =
  | 'framed'
  | 'watching'
  | 'noWallet'
  | 'wrongChain'
  | 'checkingDeployment'
  | 'wrongDeployment'
  | 'chainLost'

export type WritesAllowed = { readonly ok: true } | { readonly ok: false; readonly why: WritesOff }

export interface Writes {
  readonly start: (write: Write) => void
  readonly allowed: WritesAllowed
}

/** Filled by `WritesProvider` of src/wallet. */
export const WritesContext = createContext<Writes | null>(null)

/** Begins a write: opens the dialog with its summary, simulates it, and takes it through the wallet to the chain. The dialog says so where writes are off. */
export function useWrite(): (write: Write) => void {
  return useWrites().start
}

/** Whether a write could begin now; `why` is a code, its sentence is `wallet.off.<code>` of src/wallet. */
export function useWritesAllowed(): WritesAllowed {
  return useWrites().allowed
}

function useWrites(): Writes {
  const writes = useContext(WritesContext)
  if (writes === null) throw new Error('useWrite needs a WritesProvider above it')
  return writes
}
