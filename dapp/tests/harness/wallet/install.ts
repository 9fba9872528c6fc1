import type { Page } from '@playwright/test'
import type { Hex } from 'viem'
import { announce, EVENTS, REQUEST, type Answer, type WalletInfo } from './inPage'
import { TestWallet, type WalletKind } from './TestWallet'

/** A gray square: an icon as wallets announce it. */
const ICON = 'data:image/svg+xml,%3Csvg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"%3E%3Cpath fill="%23777" d="M0 0h8v8H0z"/%3E%3C/svg%3E'

export interface WalletOptions extends Partial<Pick<WalletInfo, 'name' | 'rdns' | 'uuid' | 'icon'>> {
  readonly key?: Hex
  readonly batches?: WalletKind['batches']
  /** What it is on at first; the page's chain unless told. */
  readonly chainId?: number
  /** False: it was never told of the page's chain. */
  readonly knowsChain?: boolean
  /** False: it adds no chain that a page asks it to. */
  readonly adds?: boolean
}

/** Installs wallets into a page that has not been opened yet. */
export class Wallets {
  readonly #installed = new Map<string, TestWallet>()
  #bound = false

  constructor(
    private readonly page: Page,
    private readonly chain: { readonly id: number; readonly url: string },
  ) {}

  /** Adds one more wallet; several are told apart by their uuid, even under one name. */
  async add(options: WalletOptions = {}): Promise<TestWallet> {
    const info: WalletInfo = {
      uuid: options.uuid ?? crypto.randomUUID(),
      name: options.name ?? 'Test Wallet',
      rdns: options.rdns ?? 'org.wellhead.testwallet',
      icon: options.icon ?? ICON,
    }
    const chains = new Map<number, string | null>([[1, null]])
    if (options.knowsChain ?? true) chains.set(this.chain.id, this.chain.url)
    const kind = { batches: options.batches ?? 'none', chains, adds: options.adds ?? true } as const
    const wallet = new TestWallet(info, kind, options.chainId ?? this.chain.id, (event, payload) => this.#emit(info.uuid, event, payload), options.key)
    this.#installed.set(info.uuid, wallet)
    await this.#bind()
    await this.page.addInitScript(announce, { info, request: REQUEST, events: EVENTS })
    return wallet
  }

  /** The page waits for its answer as long as the person at the wallet likes. */
  async #bind(): Promise<void> {
    if (this.#bound) return
    this.#bound = true
    await this.page.exposeBinding(REQUEST, (_source, uuid: string, method: string, params: readonly unknown[]): Promise<Answer> => {
      const wallet = this.#installed.get(uuid)
      return wallet === undefined ? Promise.resolve({ error: { code: -32603, message: 'no such wallet' } }) : wallet.answer(method, params)
    })
  }

  async #emit(uuid: string, event: string, payload: unknown): Promise<void> {
    await this.page.evaluate(
      ({ events, uuid, event, payload }) => {
        const emitters: unknown = Reflect.get(window, events)
        const emit: unknown = emitters instanceof Map ? emitters.get(uuid) : undefined
        if (typeof emit === 'function') emit(event, payload)
      },
      { events: EVENTS, uuid, event, payload },
    )
  }
}
