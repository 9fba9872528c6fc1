import { getAddress, isHex, type Address, type Hex } from 'viem'
import { generatePrivateKey, privateKeyToAccount, type PrivateKeyAccount } from 'viem/accounts'
import { objectOf } from '../json'
import type { Answer, WalletInfo } from './inPage'
import { NOT_CONNECTED, REJECTED, UNAUTHORIZED, UNKNOWN_CHAIN, UNSUPPORTED, WalletError } from './errors'
import { chainIdOf, rpcCall, sendBatch, sendTransaction, signTypedData, statusOfBatch } from './signing'

/** What the person at the wallet does with what it asks them. */
export type Mode = 'approve' | 'reject' | 'hang'

export interface WalletRequest {
  readonly method: string
  readonly params: readonly unknown[]
}

/** What a wallet can be beyond a plain one. */
export interface WalletKind {
  /** EIP-5792: `none` knows no batches, `ready` makes the account able on first use, `supported` has it so already. */
  readonly batches: 'none' | 'ready' | 'supported'
  /** Chains that the wallet knows, by id: where it sends what is asked on them. null: known, but there is nobody to ask. */
  readonly chains: ReadonlyMap<number, string | null>
  /** Whether it adds a chain that a page asks it to. */
  readonly adds: boolean
}

/** What a person is asked about, and nothing happens before they answered. */
const CONSENT = new Set([
  'wallet_requestPermissions',
  'eth_sendTransaction',
  'personal_sign',
  'eth_signTypedData_v4',
  'wallet_switchEthereumChain',
  'wallet_addEthereumChain',
  'wallet_sendCalls',
])

/** A wallet whose page side is `inPage.announce`, and whose keys, chain and person are here in the test. */
export class TestWallet {
  mode: Mode = 'approve'
  /** Everything the page asked, oldest first. */
  readonly requests: WalletRequest[] = []
  readonly #chains: Map<number, string | null>
  readonly #waiting: ((mode: 'approve' | 'reject') => void)[] = []
  #account: PrivateKeyAccount
  #chainId: number
  #connected = false

  constructor(
    readonly info: WalletInfo,
    private readonly kind: WalletKind,
    chainId: number,
    private readonly emit: (event: string, payload: unknown) => Promise<void>,
    key: Hex = generatePrivateKey(),
  ) {
    this.#account = privateKeyToAccount(key)
    this.#chainId = chainId
    this.#chains = new Map(kind.chains)
  }

  get address(): Address {
    return this.#account.address
  }

  get account(): PrivateKeyAccount {
    return this.#account
  }

  get chainId(): number {
    return this.#chainId
  }

  get connected(): boolean {
    return this.#connected
  }

  /** How many requests nobody has answered. */
  get waiting(): number {
    return this.#waiting.length
  }

  /** The requests of one method. */
  asked(method: string): readonly WalletRequest[] {
    return this.requests.filter((request) => request.method === method)
  }

  /** The person answers all that hung. */
  answerWaiting(mode: 'approve' | 'reject'): void {
    for (const resolve of this.#waiting.splice(0)) resolve(mode)
  }

  /** The person picks another account in the wallet. */
  async useKey(key: Hex): Promise<void> {
    this.#account = privateKeyToAccount(key)
    if (this.#connected) await this.emit('accountsChanged', [this.address])
  }

  /** The person picks another network in the wallet; one it did not know becomes known, with nobody to ask. */
  async useChain(chainId: number): Promise<void> {
    if (!this.#chains.has(chainId)) this.#chains.set(chainId, null)
    this.#chainId = chainId
    await this.emit('chainChanged', chainIdOf(chainId))
  }

  /** The person disconnects the page in the wallet. */
  async forgetPage(): Promise<void> {
    this.#connected = false
    await this.emit('accountsChanged', [])
  }

  /** What the page gets for a request; never throws. */
  async answer(method: string, params: readonly unknown[]): Promise<Answer> {
    this.requests.push({ method, params })
    try {
      if (CONSENT.has(method) || (method === 'eth_requestAccounts' && !this.#connected)) await this.#consent()
      return { result: (await this.#handle(method, params)) ?? null }
    } catch (error) {
      if (error instanceof WalletError) return { error: { code: error.code, message: error.message, data: error.data } }
      return { error: { code: -32603, message: error instanceof Error ? error.message : String(error) } }
    }
  }

  async #consent(): Promise<void> {
    const mode = this.mode === 'hang' ? await new Promise<'approve' | 'reject'>((resolve) => this.#waiting.push(resolve)) : this.mode
    if (mode === 'reject') throw new WalletError(REJECTED, 'User rejected the request.')
  }

  async #handle(method: string, params: readonly unknown[]): Promise<unknown> {
    switch (method) {
      case 'eth_requestAccounts':
        this.#connected = true
        return [this.address]
      case 'eth_accounts':
        return this.#connected ? [this.address] : []
      case 'wallet_requestPermissions':
        this.#connected = true
        return this.#permissions()
      case 'wallet_getPermissions':
        return this.#connected ? this.#permissions() : []
      case 'wallet_revokePermissions':
        this.#connected = false
        return null
      case 'eth_chainId':
        return chainIdOf(this.#chainId)
      case 'net_version':
        return String(this.#chainId)
      case 'wallet_switchEthereumChain':
        return this.#switch(chainIn(params))
      case 'wallet_addEthereumChain':
        if (!this.kind.adds) break
        return this.#add(params)
      case 'eth_sendTransaction':
        return sendTransaction(this.#rpc(), this.#signer(params), params[0])
      case 'personal_sign':
        return this.#signer([{ from: params[1] }]).signMessage({ message: { raw: hexIn(params[0]) } })
      case 'eth_signTypedData_v4':
        return signTypedData(this.#signer([{ from: params[0] }]), params[1])
      case 'wallet_getCapabilities':
        return this.#capabilities()
      case 'wallet_sendCalls':
        if (this.kind.batches === 'none') break
        return { id: await sendBatch(this.#rpc(), this.#signer(params), params[0]) }
      case 'wallet_getCallsStatus':
        if (this.kind.batches === 'none') break
        return statusOfBatch(this.#rpc(), this.#chainId, hexIn(params[0]))
      case 'wallet_showCallsStatus':
        return null
      default:
        if (method.startsWith('eth_')) return rpcCall(this.#rpc(), method, params)
    }
    throw new WalletError(UNSUPPORTED, `the wallet does not know ${method}`)
  }

  async #switch(chainId: number): Promise<null> {
    if (!this.#chains.has(chainId)) throw new WalletError(UNKNOWN_CHAIN, `Unrecognized chain ID ${chainIdOf(chainId)}.`)
    if (chainId !== this.#chainId) await this.useChain(chainId)
    return null
  }

  async #add(params: readonly unknown[]): Promise<null> {
    const { rpcUrls: rpcs } = objectOf(params[0])
    const rpc: unknown = Array.isArray(rpcs) ? rpcs[0] : null
    if (typeof rpc !== 'string') throw new WalletError(-32602, 'a chain needs an RPC')
    this.#chains.set(chainIn(params), rpc)
    return this.#switch(chainIn(params))
  }

  #capabilities(): unknown {
    if (this.kind.batches === 'none') throw new WalletError(UNSUPPORTED, 'the wallet does not know wallet_getCapabilities')
    return { [chainIdOf(this.#chainId)]: { atomic: { status: this.kind.batches } } }
  }

  #permissions(): unknown {
    return [{ parentCapability: 'eth_accounts', caveats: [{ type: 'restrictReturnedAccounts', value: [this.address] }] }]
  }

  /** The account, where the request is for it and the page is connected. */
  #signer(params: readonly unknown[]): PrivateKeyAccount {
    const { from } = objectOf(params[0])
    if (!this.#connected) throw new WalletError(UNAUTHORIZED, 'the page is not connected')
    if (from !== undefined && (typeof from !== 'string' || getAddress(from) !== this.address)) throw new WalletError(UNAUTHORIZED, `not the account ${String(from)}`)
    return this.#account
  }

  #rpc(): string {
    const url = this.#chains.get(this.#chainId)
    if (url === undefined || url === null) throw new WalletError(NOT_CONNECTED, `the wallet has no connection to chain ${this.#chainId}`)
    return url
  }
}

function chainIn(params: readonly unknown[]): number {
  return Number(hexIn(objectOf(params[0])['chainId']))
}

function hexIn(value: unknown): Hex {
  if (!isHex(value)) throw new WalletError(-32602, `${String(value)} is not hexadecimal`)
  return value
}
