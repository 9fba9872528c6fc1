import type { Address } from 'viem'
import type { Call } from '../../../queue/entry'
import { hasRoom } from '../../../queue/reduce'
import { onItsWay } from '../../../queue/select'
import type { AccountKind } from '../../wallet/useWallet'
import { atomicBatches } from '../capabilities'
import { decoded, encoded } from '../calldata'
import { PERMIT_SECONDS, signedPermit } from '../permit'
import { type PlannedStep, planned } from '../plan'
import { type Simulated, simulated } from '../simulate'
import type { Write } from '../write'
import { run, type RunParts, type Signer, type Stopped } from './run'

/** What will be asked of the wallet, and what came of trying it. */
export interface Preview {
  readonly steps: readonly PlannedStep[]
  /** The calls, decoded from their calldata, in their order. */
  readonly calls: readonly Call[]
  readonly tried: Simulated
}

/** Where a write stands before it is in the queue, and which entry it then is. */
export type SessionState =
  | { readonly phase: 'planning' }
  /** No wallet is connected, or it stands on another chain. */
  | { readonly phase: 'noSigner' }
  /** The chain could not be read, or the feature could not make the calls. */
  | { readonly phase: 'unplanned' }
  | { readonly phase: 'ready'; readonly preview: Preview; readonly duplicate: boolean; readonly note: SessionNote | null }
  /** The wallet is asked for a permit. `since`: ms since 1970. */
  | { readonly phase: 'permit'; readonly preview: Preview; readonly since: number }
  | { readonly phase: 'queued'; readonly preview: Preview; readonly entry: string; readonly stopped: Stopped | null }

/** Why it is at `ready` again. */
export type SessionNote = 'permitRejected' | 'permitUseless' | 'queueFull' | 'tooLarge' | 'moved' | 'off'

export interface SessionParts extends RunParts {
  readonly chainId: number
  readonly confirmations: number
  /** Of an account, read now. */
  readonly kindOf: (account: Address) => Promise<AccountKind>
  /** Unix seconds of the chain. */
  readonly now: () => bigint
  readonly newId: () => string
}

export interface Session {
  readonly state: () => SessionState
  readonly subscribe: (listener: () => void) => () => void
  /** Plans and simulates anew; `onlyApprovals`: neither permits nor batches. */
  readonly plan: (how?: { readonly onlyApprovals?: boolean }) => Promise<void>
  /** Goes to the wallet with what is shown. */
  readonly go: () => Promise<void>
  /** The person leaves: what is not in the queue yet never will be, whatever the wallet still answers. */
  readonly cancel: () => void
  /** Goes on with a queued write after it stopped for want of the chain or the wallet. */
  readonly goOn: () => Promise<void>
}

/** One write of one person in this tab, from its summary to the queue. */
export function session(write: Write, parts: SessionParts): Session {
  const listeners = new Set<() => void>()
  let state: SessionState = { phase: 'planning' }
  let round = 0
  let onlyApprovals = false
  let signer: Signer | null = null
  /** The entry that the person was told means the same. */
  let told: string | null = null

  function to(next: SessionState): void {
    state = next
    for (const listener of listeners) listener()
  }

  async function plan(how: { readonly onlyApprovals?: boolean } = {}, note: SessionNote | null = null): Promise<void> {
    const mine = ++round
    onlyApprovals = how.onlyApprovals ?? onlyApprovals
    to({ phase: 'planning' })
    try {
      const now = await parts.signer()
      if (mine !== round) return
      signer = now
      if (now === null) return to({ phase: 'noSigner' })
      const preview = await previewFor(now)
      if (mine !== round) return
      toReady(now.account, preview, note)
    } catch {
      if (mine === round) to({ phase: 'unplanned' })
    }
  }

  function sameOnItsWay(account: Address): string | null {
    return onItsWay(parts.store.queue(), parts.chainId, account, write.intent)?.id ?? null
  }

  function toReady(account: Address, preview: Preview, note: SessionNote | null): void {
    told = sameOnItsWay(account)
    to({ phase: 'ready', preview, duplicate: told !== null, note })
  }

  async function previewFor({ account, provider }: Signer): Promise<Preview> {
    const reader = parts.reader()
    const [made, kind, batches] = await Promise.all([
      write.steps(account),
      onlyApprovals ? ('unknown' as const) : parts.kindOf(account),
      onlyApprovals ? ('none' as const) : atomicBatches(provider, account, parts.chainId),
    ])
    const steps = await planned(made, { reader, account, chainId: parts.chainId, kind, batches })
    const all = steps.flatMap(({ calls }) => calls)
    const tried = await simulated(reader, account, all)
    return { steps, calls: steps.flatMap(shownCalls), tried }
  }

  async function go(): Promise<void> {
    if (state.phase !== 'ready' || signer === null) return
    const mine = ++round
    const { preview } = state
    const { account } = signer
    const now = await parts.signer()
    if (mine !== round) return
    if (now === null || now.account !== account) return plan({}, 'moved')
    const steps: (readonly Call[])[] = []
    for (const step of preview.steps) {
      if (step.how !== 'permit') {
        steps.push(step.calls.map((call) => decoded(call.contract, call)))
        continue
      }
      if (!parts.mayWrite()) return toReady(account, preview, 'off')
      to({ phase: 'permit', preview, since: parts.clock() })
      const { domain, nonce, funded } = step
      const { spender, amount: value } = funded
      const answer = await signedPermit(now.provider, { domain, owner: account, spender, value, nonce, deadline: parts.now() + PERMIT_SECONDS })
      if (mine !== round) return
      if (answer.kind === 'rejected') return toReady(account, preview, 'permitRejected')
      if (answer.kind === 'useless' || funded.withPermit === null) return plan({ onlyApprovals: true }, 'permitUseless')
      const call = funded.withPermit(answer.signature)
      steps.push([decoded(call.contract, encoded(call))])
    }
    // Another tab may have begun the same while the wallet was open.
    const same = sameOnItsWay(account)
    if (same !== null && same !== told) return toReady(account, preview, null)
    const id = parts.newId()
    const room = hasRoom(parts.store.queue())
    const draft = { id, chainId: parts.chainId, account, intent: write.intent, needed: parts.confirmations, steps }
    parts.store.dispatch({ kind: 'drafted', draft, at: parts.clock() })
    if (!parts.store.queue().entries.some((entry) => entry.id === id)) {
      return toReady(account, preview, room ? 'tooLarge' : 'queueFull')
    }
    await follow(id, preview)
  }

  async function follow(entry: string, preview: Preview): Promise<void> {
    to({ phase: 'queued', preview, entry, stopped: null })
    const stopped = await run(parts, entry)
    to({ phase: 'queued', preview, entry, stopped })
    if (stopped === 'finished') write.onDone?.(hashesOf(entry))
  }

  function hashesOf(id: string) {
    const steps = parts.store.queue().entries.find((entry) => entry.id === id)?.steps ?? []
    return steps.flatMap(({ status }) => ('hash' in status ? [status.hash] : []))
  }

  return {
    state: () => state,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    plan: (how) => plan(how),
    go,
    cancel: () => {
      if (state.phase === 'queued') return
      round += 1
      to({ phase: 'planning' })
    },
    goOn: async () => {
      if (state.phase === 'queued' && state.stopped !== null) await follow(state.entry, state.preview)
    },
  }
}

/** What a person is shown of a step: for a permit the call alone, for the approval in the plan is only what stands for it in the simulation. */
function shownCalls(step: PlannedStep): readonly Call[] {
  const calls = step.how === 'permit' ? step.calls.slice(-1) : step.calls
  return calls.map((call) => decoded(call.contract, call))
}
