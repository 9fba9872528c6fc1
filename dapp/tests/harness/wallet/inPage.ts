/** What a wallet says of itself in its EIP-6963 announcement. */
export interface WalletInfo {
  readonly uuid: string
  readonly name: string
  readonly rdns: string
  /** A data URI. */
  readonly icon: string
}

/** What the test process answers to a request, as JSON. */
export type Answer = { readonly result: unknown } | { readonly error: { readonly code: number; readonly message: string; readonly data?: unknown } }

/** The binding through which requests reach the test process, and the place through which its events reach the page. */
export const REQUEST = '__wellheadWalletRequest'
export const EVENTS = '__wellheadWalletEvents'

/**
 * Runs in the page before its own code, as a browser extension's script does: announces the wallet whenever the page asks. It holds no key: every request goes to the
 * test process. Playwright sends its source, so that it can use nothing from outside itself.
 */
export function announce({ info, request, events }: { readonly info: WalletInfo; readonly request: string; readonly events: string }): void {
  type Listener = (payload: unknown) => void
  const listeners = new Map<string, Set<Listener>>()
  const provider = {
    async request({ method, params }: { method: string; params?: unknown }): Promise<unknown> {
      const ask: unknown = Reflect.get(window, request)
      if (typeof ask !== 'function') throw new Error('the wallet is gone')
      const answer: Answer = await ask(info.uuid, method, params ?? [])
      if ('result' in answer) return answer.result
      throw Object.assign(new Error(answer.error.message), { code: answer.error.code, data: answer.error.data })
    },
    on(event: string, listener: Listener): unknown {
      listeners.set(event, (listeners.get(event) ?? new Set()).add(listener))
      return provider
    },
    removeListener(event: string, listener: Listener): unknown {
      listeners.get(event)?.delete(listener)
      return provider
    },
  }
  const emitters: unknown = Reflect.get(window, events)
  const known = emitters instanceof Map ? emitters : new Map<unknown, unknown>()
  known.set(info.uuid, (event: string, payload: unknown) => listeners.get(event)?.forEach((listener) => listener(payload)))
  Reflect.set(window, events, known)

  const detail = Object.freeze({ info: Object.freeze({ ...info }), provider })
  const tell = (): boolean => window.dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail }))
  window.addEventListener('eip6963:requestProvider', tell)
  tell()
}
