import type { WritesAllowed } from '../chain/write/useWrite'
import type { Deployment } from '../chain/deployment'

export interface Conditions {
  /** The page stands inside a frame of another page. */
  readonly framed: boolean
  readonly watching: boolean
  readonly connected: boolean
  readonly deployment: Deployment['state']
  /** The wallet is on the configured chain. */
  readonly onChain: boolean
  /** No RPC answers. */
  readonly lost: boolean
}

/** Whether anything may be signed, and the first reason why not. Only a deployment that was found right will do, not one that is still looked at. */
export function allowedBy({ framed, watching, connected, deployment, onChain, lost }: Conditions): WritesAllowed {
  if (framed) return { ok: false, why: 'framed' }
  if (watching) return { ok: false, why: 'watching' }
  if (!connected) return { ok: false, why: 'noWallet' }
  if (deployment === 'wrong') return { ok: false, why: 'wrongDeployment' }
  if (!onChain) return { ok: false, why: 'wrongChain' }
  if (lost) return { ok: false, why: 'chainLost' }
  return deployment === 'ok' ? { ok: true } : { ok: false, why: 'checkingDeployment' }
}
