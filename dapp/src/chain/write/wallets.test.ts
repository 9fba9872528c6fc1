import { describe, expect, it } from 'vitest'
import type { Provider } from '../wallet/provider'
import { atomicBatches } from './capabilities'
import { partsOf } from './permit'
import { askWallet } from './runtime/askWallet'
import { readBundle } from './runtime/bundles'

const ACCOUNT = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'
const answering = (answer: unknown): Provider => ({ request: async () => answer })
const failing = (error: unknown): Provider => ({ request: async () => Promise.reject(error) })
const CALL = { to: ACCOUNT, data: '0x', value: 0n } as const

describe('EIP-5792', () => {
  it('is used where the wallet says supported or ready for this chain, and nowhere else', async () => {
    expect(await atomicBatches(answering({ '0x1': { atomic: { status: 'supported' } } }), ACCOUNT, 1)).toBe('supported')
    expect(await atomicBatches(answering({ '0x1': { atomic: { status: 'ready' } } }), ACCOUNT, 1)).toBe('ready')
    expect(await atomicBatches(answering({ '0x1': { atomic: { status: 'unsupported' } }, '0x0': { atomic: { status: 'supported' } } }), ACCOUNT, 1)).toBe('none')
    expect(await atomicBatches(answering({ '0xa': { atomic: { status: 'supported' } } }), ACCOUNT, 1)).toBe('none')
    expect(await atomicBatches(failing({ code: -32601 }), ACCOUNT, 1)).toBe('none')
    expect(await atomicBatches({ request: () => new Promise(() => undefined) }, ACCOUNT, 1)).toBe('none')
  })

  it('asks for all calls or none, and takes the id in both forms', async () => {
    let asked: unknown
    const wallet: Provider = {
      request: async (call) => {
        asked = call
        return { id: '0xabc' }
      },
    }
    expect(await askWallet(wallet, ACCOUNT, 1, [CALL, CALL])).toEqual({ kind: 'bundled', bundleId: '0xabc' })
    expect(asked).toMatchObject({ method: 'wallet_sendCalls', params: [{ version: '2.0.0', chainId: '0x1', from: ACCOUNT, atomicRequired: true, calls: [{ value: '0x0' }, {}] }] })
    expect(await askWallet(answering('id'), ACCOUNT, 1, [CALL, CALL])).toEqual({ kind: 'bundled', bundleId: 'id' })
    expect(await askWallet(answering({}), ACCOUNT, 1, [CALL, CALL])).toMatchObject({ kind: 'refused', refusal: { name: 'wallet.badAnswer' } })
    expect(await askWallet(failing({ code: 5740 }), ACCOUNT, 1, [CALL, CALL])).toMatchObject({ refusal: { name: 'wallet.noBatch' } })
    expect(await askWallet(failing({ code: 5750 }), ACCOUNT, 1, [CALL, CALL])).toMatchObject({ kind: 'refused', refusal: { name: 'wallet.noBatch' } })
    expect(await askWallet(failing({ code: 4001 }), ACCOUNT, 1, [CALL, CALL])).toEqual({ kind: 'rejected' })
  })

  it('tells a bundle that waits from one that is mined, failed before the chain, and reverted', () => {
    const hash = `0x${'1'.repeat(64)}`
    expect(readBundle({ status: 100 })).toEqual({ kind: 'waiting' })
    expect(readBundle({ status: 200, receipts: [{ transactionHash: hash, status: '0x1' }] })).toEqual({ kind: 'sent', hash })
    expect(readBundle({ status: 'CONFIRMED', receipts: [{ transactionHash: hash }] })).toEqual({ kind: 'sent', hash })
    expect(readBundle({ status: 400 })).toMatchObject({ refusal: { name: 'wallet.bundleFailed' } })
    expect(readBundle({ status: 500, receipts: [{ transactionHash: hash, status: '0x0' }] })).toEqual({ kind: 'sent', hash })
    // A user operation that reverted inside a transaction which succeeded.
    expect(readBundle({ status: 500, receipts: [{ transactionHash: hash, status: '0x1' }] })).toMatchObject({ refusal: { name: 'wallet.bundleReverted' } })
    expect(readBundle(null)).toEqual({ kind: 'waiting' })
  })
})

describe('a signature', () => {
  const word = 'ab'.repeat(32)
  it('is taken with v as 27, 28, 0 or 1, and not in another form', () => {
    expect(partsOf(`0x${word}${word}1b`)).toEqual({ v: 27, r: `0x${word}`, s: `0x${word}` })
    expect(partsOf(`0x${word}${word}01`)?.v).toBe(28)
    expect(partsOf(`0x${word}${word}02`)).toBeNull()
    expect(partsOf(`0x${word}${word}`)).toBeNull()
    expect(partsOf(`0x${word}${word}1b${'00'.repeat(32)}`)).toBeNull()
  })
})
