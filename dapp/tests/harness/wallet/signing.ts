import { createTestClient, createWalletClient, getAddress, hexToBigInt, http, isHex, numberToHex, publicActions, type Address, type Hex } from 'viem'
import type { PrivateKeyAccount } from 'viem/accounts'
import { batchOf, BATCH_CODE, type Call } from './batch'
import { objectOf } from '../json'
import { WalletError } from './errors'

/** A chain id as wallets write it. */
export function chainIdOf(chainId: number): Hex {
  return numberToHex(chainId)
}

/** One JSON-RPC call; the chain's error is passed on with its code and data. */
export async function rpcCall(url: string, method: string, params: readonly unknown[]): Promise<unknown> {
  const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }) })
  const body = objectOf(await answer.json())
  if ('result' in body) return body['result']
  const { code, message, data } = objectOf(body['error'])
  throw new WalletError(Number(code ?? -32603), String(message ?? `${method} failed`), data)
}

/** Signs and sends what the page asked for (hexadecimal, as in JSON-RPC). Gas that it left open is estimated, and half again allowed, as wallets do. Gives the hash. */
export async function sendTransaction(url: string, account: PrivateKeyAccount, asked: unknown): Promise<Hex> {
  const { to, data, value, gas, nonce, maxFeePerGas, maxPriorityFeePerGas } = fieldsOf(asked)
  const client = createWalletClient({ account, transport: http(url) }).extend(publicActions)
  const call = {
    to: to === undefined ? null : getAddress(to),
    ...(data === undefined ? {} : { data }),
    value: value === undefined ? 0n : hexToBigInt(value),
    ...(nonce === undefined ? {} : { nonce: Number(nonce) }),
    ...(maxFeePerGas === undefined ? {} : { maxFeePerGas: hexToBigInt(maxFeePerGas) }),
    ...(maxPriorityFeePerGas === undefined ? {} : { maxPriorityFeePerGas: hexToBigInt(maxPriorityFeePerGas) }),
  }
  const allowed = gas === undefined ? ((await client.estimateGas({ account, ...call })) * 3n) / 2n : hexToBigInt(gas)
  return client.sendTransaction({ chain: null, ...call, gas: allowed })
}

/** Signs EIP-712 data given as the JSON text that wallets get; numbers stay as exact as they were written. */
export async function signTypedData(account: PrivateKeyAccount, json: unknown): Promise<Hex> {
  if (typeof json !== 'string') throw new WalletError(-32602, 'typed data is a JSON text')
  return account.signTypedData(JSON.parse(json))
}

/** Makes all calls in one transaction, or none; the account is made able to where it is not. Gives the batch's id, its transaction's hash. */
export async function sendBatch(url: string, account: PrivateKeyAccount, asked: unknown): Promise<Hex> {
  const { calls } = objectOf(asked)
  if (!Array.isArray(calls)) throw new WalletError(-32602, 'wallet_sendCalls without calls')
  const chain = createTestClient({ mode: 'anvil', transport: http(url) }).extend(publicActions)
  if ((await chain.getCode({ address: account.address })) === undefined) await chain.setCode({ address: account.address, bytecode: BATCH_CODE })
  return sendTransaction(url, account, { to: account.address, data: batchOf(calls.map(callOf)) })
}

/** EIP-5792 version 2: 100 pending, 200 done, 500 reverted as a whole. */
export async function statusOfBatch(url: string, chainId: number, id: Hex): Promise<unknown> {
  const receipt = objectOf(await rpcCall(url, 'eth_getTransactionReceipt', [id]))
  const common = { version: '2.0.0', id, chainId: chainIdOf(chainId), atomic: true }
  if (!('status' in receipt)) return { ...common, status: 100 }
  const { logs, status, blockHash, blockNumber, gasUsed, transactionHash } = receipt
  return { ...common, status: status === '0x1' ? 200 : 500, receipts: [{ logs, status, blockHash, blockNumber, gasUsed, transactionHash }] }
}

function callOf(asked: unknown): Call {
  const { to, data, value } = fieldsOf(asked)
  if (to === undefined) throw new WalletError(-32602, 'a call without a receiver')
  return { to: getAddress(to), data: data ?? '0x', value: value === undefined ? 0n : hexToBigInt(value) }
}

/** The hexadecimal fields of a transaction or call. */
function fieldsOf(asked: unknown): Readonly<Partial<Record<string, Hex>>> & { readonly to?: Address } {
  const fields = Object.entries(objectOf(asked)).filter((field): field is [string, Hex] => isHex(field[1]))
  return Object.fromEntries(fields)
}
