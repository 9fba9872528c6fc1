import { createTestClient, erc20Abi, http, publicActions, walletActions, type Address, type Hex } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { rpcCall } from './wallet/signing'

/** What tests see and do on a chain, beside the page: whatever viem reads (`chain.client.readContract`), and what Anvil can be told. */
export interface Chain {
  readonly url: string
  readonly id: number
  readonly client: ReturnType<typeof clientOf>
  /** A key nobody used, with coins for gas. */
  readonly freshKey: () => Promise<Hex>
  /** Mints a test stablecoin, by its owner. */
  readonly mint: (token: Address, to: Address, amount: bigint) => Promise<void>
  readonly balanceOf: (token: Address, holder: Address) => Promise<bigint>
  /** The head's time, Unix seconds. */
  readonly now: () => Promise<bigint>
  /** Of a chain of one's own only, for others share the other: sent transactions wait until `mine`. */
  readonly hold: () => Promise<void>
  readonly mine: (blocks?: number) => Promise<void>
  readonly release: () => Promise<void>
  /** Of a chain of one's own only: the newest `depth` blocks are replaced by empty ones, and their transactions are gone. */
  readonly reorg: (depth: number) => Promise<void>
  /** Of a chain of one's own only: forgets a waiting transaction. */
  readonly drop: (hash: Hex) => Promise<void>
  /** Of a chain of one's own only: a block at `moment`, Unix seconds ahead of the head. */
  readonly moveTo: (moment: bigint) => Promise<void>
}

const MINT_ABI = [
  { type: 'function', name: 'owner', inputs: [], outputs: [{ name: '', type: 'address' }], stateMutability: 'view' },
  { type: 'function', name: 'mint', inputs: [{ name: 'to', type: 'address' }, { name: 'amount', type: 'uint256' }], outputs: [], stateMutability: 'nonpayable' },
] as const
const COINS_FOR_GAS = 10n ** 20n

function clientOf(url: string) {
  return createTestClient({ mode: 'anvil', transport: http(url), pollingInterval: 100, cacheTime: 0 }).extend(publicActions).extend(walletActions)
}

/** Coins, in wei, for an account. */
export interface Payment {
  readonly to: Address
  readonly value: bigint
}

/** The chain behind an Anvil's URL. */
export async function chainAt(url: string): Promise<Chain> {
  const client = clientOf(url)
  const tell = (method: string, ...params: readonly unknown[]): Promise<unknown> => rpcCall(url, method, params)
  return {
    url,
    id: await client.getChainId(),
    client,
    async freshKey() {
      const key = generatePrivateKey()
      await client.setBalance({ address: privateKeyToAccount(key).address, value: COINS_FOR_GAS })
      return key
    },
    async mint(token, to, amount) {
      const owner = await client.readContract({ address: token, abi: MINT_ABI, functionName: 'owner' })
      await client.setBalance({ address: owner, value: COINS_FOR_GAS })
      await client.impersonateAccount({ address: owner })
      const hash = await client.writeContract({ chain: null, account: owner, address: token, abi: MINT_ABI, functionName: 'mint', args: [to, amount] })
      const { status } = await client.waitForTransactionReceipt({ hash })
      if (status !== 'success') throw new Error(`minting ${amount} of ${token} to ${to} failed`)
    },
    balanceOf: (token, holder) => client.readContract({ address: token, abi: erc20Abi, functionName: 'balanceOf', args: [holder] }),
    now: async () => (await client.getBlock()).timestamp,
    async hold() {
      await tell('evm_setIntervalMining', 0)
      await tell('evm_setAutomine', false)
    },
    async mine(blocks = 1) {
      await client.mine({ blocks })
    },
    async release() {
      await tell('evm_setAutomine', true)
      await client.mine({ blocks: 1 })
    },
    async reorg(depth) {
      await tell('anvil_reorg', depth, [])
    },
    async drop(hash) {
      if ((await tell('anvil_dropTransaction', hash)) === null) throw new Error(`no transaction ${hash} waits`)
    },
    async moveTo(moment) {
      await client.setNextBlockTimestamp({ timestamp: moment })
      await client.mine({ blocks: 1 })
    },
  }
}

/** A second transaction in the place of one that waits: the same nonce, more per gas. As a wallet's "speed up" (same call) and "cancel" (nothing, to oneself), or coins to another. */
export async function replace(chain: Chain, key: Hex, hash: Hex, how: 'speedUp' | 'cancel' | Payment): Promise<Hex> {
  const account = privateKeyToAccount(key)
  const waiting = await chain.client.getTransaction({ hash })
  const call = how === 'speedUp' ? { to: waiting.to, data: waiting.input, value: waiting.value } : how === 'cancel' ? { to: account.address, value: 0n } : how
  const [gas, fee] = [how === 'speedUp' ? waiting.gas : 21_000n, await chain.client.getGasPrice()]
  const raise = (was: bigint | undefined): bigint => ((was ?? fee) * 13n) / 10n + 1n
  return chain.client.sendTransaction({
    ...call,
    account,
    chain: null,
    nonce: waiting.nonce,
    gas,
    maxFeePerGas: raise(waiting.maxFeePerGas),
    maxPriorityFeePerGas: raise(waiting.maxPriorityFeePerGas),
  })
}
