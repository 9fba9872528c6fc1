import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createPublicClient, createTestClient, createWalletClient, type Abi, type Address, type Hex, http, type PublicClient, type TestClient } from 'viem'
import { privateKeyToAccount, type PrivateKeyAccount } from 'viem/accounts'
import { foundry } from 'viem/chains'
import type { Provider } from '../../wallet/provider'
import type { KeyValues } from './queueStore'

const REPOSITORY = new URL('../../../../../', import.meta.url)
const KEYS: readonly Hex[] = [
  '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80',
  '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d',
]

/** A real Anvil of its own, with real contracts on it. */
export interface World {
  readonly url: string
  readonly client: PublicClient
  readonly test: TestClient
  /** Deploys contracts and owns the token. */
  readonly owner: PrivateKeyAccount
  /** The person. */
  readonly person: PrivateKeyAccount
  readonly registry: Address
  readonly token: Address
  readonly stop: () => void
}

export async function world(): Promise<World> {
  const anvil = spawn(new URL('node_modules/.bin/anvil', REPOSITORY).pathname, ['--port', '0', '--accounts', '2'])
  const url = await listening(anvil)
  const client = createPublicClient({ chain: foundry, transport: http(url, { retryCount: 0 }), pollingInterval: 50 })
  const test = createTestClient({ chain: foundry, mode: 'anvil', transport: http(url) })
  const [owner, person] = [accountOf(0), accountOf(1)]
  const wallet = createWalletClient({ account: owner, chain: foundry, transport: http(url) })

  async function deployed(file: string, name: string, args: readonly unknown[]): Promise<Address> {
    const { abi, bytecode } = artifact(file, name)
    const hash = await wallet.deployContract({ abi, bytecode, args: [...args] })
    const { contractAddress } = await client.waitForTransactionReceipt({ hash })
    if (contractAddress === null || contractAddress === undefined) throw new Error(`${name} was not deployed`)
    return contractAddress
  }

  const registry = await deployed('FleetRegistry.sol', 'FleetRegistry', [owner.address])
  const implementation = await deployed('TestUSD.sol', 'TestUSD', [])
  const token = await deployed('TestUSDProxy.sol', 'TestUSDProxy', [implementation, owner.address])
  const { abi } = artifact('TestUSD.sol', 'TestUSD')
  const minted = await wallet.writeContract({ address: token, abi, functionName: 'mint', args: [person.address, 1_000_000_000n] })
  await client.waitForTransactionReceipt({ hash: minted })
  return { url, client, test, owner, person, registry, token, stop: () => void anvil.kill('SIGKILL') }
}

/** How the wallet of a test answers. */
export interface WalletMode {
  answer: 'approve' | 'reject' | 'hang'
  /** What `reject` throws; by default code 4001. */
  error: unknown
  /** Raised for each transaction in wei, for one that is replaced later must be outbid. */
  maxFeePerGas: bigint
  /** What a transaction may use. */
  gas: bigint
}

/** A wallet: an EIP-1193 provider that signs with a key and remembers what it was asked. */
export interface TestWallet extends Provider {
  readonly mode: WalletMode
  readonly asked: readonly { readonly method: string; readonly params: unknown }[]
  chainId: number
}

export function walletOf({ url, client }: World, account: PrivateKeyAccount): TestWallet {
  const asked: { method: string; params: unknown }[] = []
  const sender = createWalletClient({ account, chain: foundry, transport: http(url) })
  const mode: WalletMode = { answer: 'approve', error: { code: 4001, message: 'User rejected the request.' }, maxFeePerGas: 10_000_000_000n, gas: 500_000n }
  const wallet: TestWallet = {
    mode,
    asked,
    chainId: foundry.id,
    request: async ({ method, params }) => {
      asked.push({ method, params })
      if (method === 'eth_chainId') return `0x${wallet.chainId.toString(16)}`
      if (method === 'eth_accounts') return [account.address]
      if (method !== 'eth_sendTransaction' && method !== 'eth_signTypedData_v4') throw Object.assign(new Error('no such method'), { code: -32601 })
      if (mode.answer === 'hang') return new Promise(() => undefined)
      if (mode.answer === 'reject') throw mode.error
      if (!Array.isArray(params)) throw new Error('no params')
      if (method === 'eth_signTypedData_v4') return account.signTypedData(JSON.parse(String(params[1])))
      const { to, data, value } = params[0] as { to: Address; data: Hex; value: Hex }
      const nonce = await client.getTransactionCount({ address: account.address, blockTag: 'pending' })
      return sender.sendTransaction({ to, data, value: BigInt(value), nonce, gas: mode.gas, maxFeePerGas: mode.maxFeePerGas, maxPriorityFeePerGas: 1_000_000_000n })
    },
  }
  return wallet
}

/** localStorage of a test; `share` it between runtimes to be two tabs, or a page before and after a reload. */
export function memory(): KeyValues {
  const values = new Map<string, string>()
  return {
    get length() {
      return values.size
    },
    key: (place) => [...values.keys()][place] ?? null,
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => void values.set(key, value),
    removeItem: (key) => void values.delete(key),
  }
}

function accountOf(place: number): PrivateKeyAccount {
  const key = KEYS[place]
  if (key === undefined) throw new Error(`no key ${place}`)
  return privateKeyToAccount(key)
}

function artifact(file: string, name: string): { readonly abi: Abi; readonly bytecode: Hex } {
  const path = new URL(`build/forge/${file}/${name}.json`, REPOSITORY)
  const { abi, bytecode } = JSON.parse(readFileSync(path, 'utf8')) as { abi: Abi; bytecode: { object: Hex } }
  return { abi, bytecode: bytecode.object }
}

function listening(anvil: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    anvil.on('error', reject)
    anvil.on('exit', () => reject(new Error('anvil ended before it listened')))
    anvil.stdout?.on('data', (text: Buffer) => {
      const port = /Listening on 127\.0\.0\.1:(\d+)/.exec(text.toString())?.[1]
      if (port !== undefined) resolve(`http://127.0.0.1:${port}`)
    })
  })
}
