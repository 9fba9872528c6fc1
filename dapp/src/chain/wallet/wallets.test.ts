import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { accountKind } from './accountKind'
import { type Announcement, type Discovery, MOST_WALLETS, withAnnouncement } from './discovery'
import type { Provider } from './provider'
import { found, recall } from './remembered'
import { moveTo } from './switchChain'
import { wagmiConfig } from './wagmiConfig'
import { walletAnswer } from './walletError'
import { walletStore } from './walletStore'

const CHAIN = { id: 31337, name: 'Anvil', rpcs: ['http://127.0.0.1:1'], explorer: null, confirmations: 2 }
const ALICE = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'
const BOB = '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC'

interface Fake extends Provider {
  readonly asked: string[]
  readonly listeners: Map<string, (value: unknown) => void>
  readonly on: (event: string, listener: (value: unknown) => void) => void
  readonly removeListener: () => void
  answers: Record<string, unknown>
}

function fake(account: string, answers: Record<string, unknown> = {}): Fake {
  const listeners = new Map<string, (value: unknown) => void>()
  const self: Fake = {
    asked: [],
    listeners,
    on: (event, listener) => void listeners.set(event, listener),
    removeListener: () => undefined,
    answers: { eth_accounts: [account], eth_requestAccounts: [account], eth_chainId: '0x7a69', ...answers },
    request: async ({ method }) => {
      self.asked.push(method)
      const answer = self.answers[method]
      if (answer === undefined) throw Object.assign(new Error('no'), { code: -32601 })
      if (typeof answer === 'function') return answer() as unknown
      return answer
    },
  }
  return self
}

function announced(provider: Provider, uuid: string, rdns = 'io.wallet'): unknown {
  return { info: { uuid, rdns, name: `Wallet ${uuid}`, icon: 'data:image/png;base64,AA==' }, provider }
}

function list(...details: readonly unknown[]): readonly Announcement[] {
  return details.reduce<readonly Announcement[]>(withAnnouncement, [])
}

function discovery(...details: readonly unknown[]): Discovery {
  const all = list(...details)
  return { announced: () => all, subscribe: () => () => undefined }
}

function memory(kept: Record<string, string> = {}) {
  return { getItem: (key: string) => kept[key] ?? null, setItem: (key: string, value: string) => void (kept[key] = value), removeItem: (key: string) => void delete kept[key] }
}

const storeOf = (heard: Discovery, storage = memory()) => walletStore({ wagmi: wagmiConfig(CHAIN), chain: CHAIN, discovery: heard, storage })

describe('announcements', () => {
  it('of two wallets with one rdns are both kept, and both are marked', () => {
    const wallets = list(announced(fake(ALICE), 'a'), announced(fake(BOB), 'b'), announced(fake(BOB), 'c', 'io.other'))
    expect(wallets.map(({ wallet }) => [wallet.uuid, wallet.shared])).toEqual([['a', true], ['b', true], ['c', false]])
  })

  it('with one uuid are one wallet, the first', () => {
    const first = fake(ALICE)
    const wallets = list(announced(first, 'a'), announced(fake(BOB), 'a'))
    expect(wallets.map(({ provider }) => provider)).toEqual([first])
  })

  it('that are none, that throw, or that come without end are not kept', () => {
    const trap = { get info(): unknown { throw new Error('trap') }, provider: fake(ALICE) }
    expect(list(null, {}, { info: {}, provider: fake(ALICE) }, { info: { uuid: 'a', rdns: 'b', name: 'c' }, provider: {} }, trap)).toEqual([])
    expect(list(...Array.from({ length: 100 }, (_, place) => announced(fake(ALICE), `${place}`)))).toHaveLength(MOST_WALLETS)
  })

  it.each(['https://evil.example/x.png', 'javascript:alert(1)', 'data:text/html,<script>', 'data:image/svg', 7])('with the icon %j have none', (icon) => {
    const [only] = list({ info: { uuid: 'a', rdns: 'b', name: 'c', icon }, provider: fake(ALICE) })
    expect(only?.wallet.icon).toBeNull()
  })
})

describe('the wallet of the last visit', () => {
  const one = list(announced(fake(ALICE), 'new'))
  const two = list(announced(fake(ALICE), 'a'), announced(fake(BOB), 'b'))

  it('is found by its rdns where that names one, then and now', () => {
    expect(found(one, { rdns: 'io.wallet', uuid: 'old', shared: false })).toMatchObject({ kind: 'one' })
    expect(found(one, { rdns: 'io.other', uuid: 'old', shared: false })).toEqual({ kind: 'none' })
  })

  it('is found by its uuid alone where two claim its rdns, else not at all', () => {
    expect(found(two, { rdns: 'io.wallet', uuid: 'b', shared: true })).toMatchObject({ announcement: { wallet: { uuid: 'b' } } })
    expect(found(two, { rdns: 'io.wallet', uuid: 'old', shared: false })).toEqual({ kind: 'ambiguous' })
    // Two then, one now: the one may be the other.
    expect(found(one, { rdns: 'io.wallet', uuid: 'old', shared: true })).toEqual({ kind: 'ambiguous' })
  })

  it.each(['', '{', '{"rdns":1,"uuid":"a","shared":false}', 'null', '[]'])('is nobody where storage holds %j', (text) => {
    expect(recall({ getItem: () => text })).toBeNull()
  })
})

describe('the wallet of the page', () => {
  beforeEach(() => void vi.stubGlobal('window', {}))
  afterEach(() => void vi.unstubAllGlobals())

  it('connects the one that was chosen of two with one rdns, and that one again after a reload', async () => {
    const storage = memory()
    const heard = discovery(announced(fake(ALICE), 'a'), announced(fake(BOB), 'b'))
    const store = storeOf(heard, storage)
    await store.connect('b')
    expect(store.state()).toMatchObject({ status: 'connected', address: BOB, chainId: 31337, name: 'Wallet b' })
    const again = storeOf(heard, storage)
    await again.resume()
    expect(again.state()).toMatchObject({ status: 'connected', address: BOB })
    const others = storeOf(discovery(announced(fake(ALICE), 'x'), announced(fake(BOB), 'y')), storage)
    await others.resume()
    expect(others.state()).toMatchObject({ status: 'none', address: null, ambiguous: true })
  })

  it('follows the wallet to another account and chain, and forgets it when it goes', async () => {
    const wallet = fake(ALICE)
    const store = storeOf(discovery(announced(wallet, 'a')))
    await store.connect('a')
    wallet.listeners.get('accountsChanged')?.([BOB])
    wallet.listeners.get('chainChanged')?.('0x1')
    expect(store.state()).toMatchObject({ address: BOB, chainId: 1 })
    wallet.listeners.get('accountsChanged')?.([])
    await vi.waitFor(() => expect(store.state()).toMatchObject({ status: 'none', address: null }))
  })

  it('is free again when the person gives up on a wallet that hangs, and can connect another', async () => {
    const hanging = fake(ALICE, { eth_requestAccounts: () => new Promise(() => undefined) })
    const store = storeOf(discovery(announced(hanging, 'a'), announced(fake(BOB), 'b', 'io.other')))
    void store.connect('a')
    expect(store.state().status).toBe('connecting')
    store.giveUp()
    expect(store.state().status).toBe('none')
    await store.connect('b')
    expect(store.state()).toMatchObject({ status: 'connected', address: BOB })
  })

  it('does not wait for a remembered wallet that hangs', async () => {
    const storage = memory({ 'wellhead.wallet': JSON.stringify({ rdns: 'io.wallet', uuid: 'a', shared: false }) })
    const store = storeOf(discovery(announced(fake(ALICE, { eth_accounts: () => new Promise(() => undefined) }), 'a')), storage)
    await store.resume()
    expect(store.state().status).toBe('none')
  }, 10_000)

  it('says that the person declined, and stays without one', async () => {
    const wallet = fake(ALICE, { eth_requestAccounts: () => Promise.reject(Object.assign(new Error('x'), { code: 4001 })) })
    const store = storeOf(discovery(announced(wallet, 'a')))
    await store.connect('a')
    expect(store.state()).toMatchObject({ status: 'none', problem: { code: 'wallet.rejected' } })
  })

  it('disconnects, and stays so on the next visit', async () => {
    const storage = memory()
    const heard = discovery(announced(fake(ALICE), 'a'))
    const store = storeOf(heard, storage)
    await store.connect('a')
    await store.disconnect()
    expect(store.state()).toMatchObject({ status: 'none', address: null })
    const again = storeOf(heard, storage)
    await again.resume()
    expect(again.state().status).toBe('none')
  })

  it('whose extension went away gives no provider, and says on a switch that it failed', async () => {
    const wagmi = wagmiConfig(CHAIN)
    const store = walletStore({ wagmi, chain: CHAIN, discovery: discovery(announced(fake(ALICE), 'a')), storage: memory() })
    await store.connect('a')
    const connector = [...wagmi.state.connections.values()][0]?.connector
    Object.assign(connector ?? {}, { getProvider: () => Promise.reject(new Error('Extension context invalidated.')) })
    expect(await store.provider()).toBeNull()
    await store.switchChain()
    expect(store.state()).toMatchObject({ problem: { code: 'wallet.failed', detail: 'Extension context invalidated.' } })
  })

  it('stands on the right chain after a switch, also where the wallet raises no event', async () => {
    const wallet = fake(ALICE, { eth_chainId: '0x1', wallet_switchEthereumChain: () => ((wallet.answers['eth_chainId'] = '0x7a69'), null) })
    const store = storeOf(discovery(announced(wallet, 'a')))
    await store.connect('a')
    expect(store.state().chainId).toBe(1)
    await store.switchChain()
    expect(store.state()).toMatchObject({ chainId: 31337, problem: null })
  })
})

describe('a change of chain', () => {
  const unknown = () => Promise.reject(Object.assign(new Error('Unrecognized chain'), { code: 4902 }))

  it('adds a chain that the wallet does not know, with what the configuration says', async () => {
    const wallet = fake(ALICE, { wallet_switchEthereumChain: unknown, wallet_addEthereumChain: null })
    expect(await moveTo(CHAIN, wallet)).toBeNull()
    expect(wallet.asked).toEqual(['wallet_switchEthereumChain', 'wallet_addEthereumChain', 'eth_chainId'])
  })

  it('is left to the person where the wallet will not add it, cannot, or only says that it did', async () => {
    const refusing = fake(ALICE, { wallet_switchEthereumChain: unknown, wallet_addEthereumChain: () => Promise.reject({ code: 4001 }) })
    expect(await moveTo(CHAIN, refusing)).toEqual({ code: 'wallet.addChainByHand' })
    expect(await moveTo(CHAIN, fake(ALICE))).toEqual({ code: 'wallet.addChainByHand' })
    expect(await moveTo(CHAIN, fake(ALICE, { wallet_switchEthereumChain: null, eth_chainId: '0x1' }))).toEqual({ code: 'wallet.addChainByHand' })
  })

  it('that the person declines is only that', async () => {
    expect(await moveTo(CHAIN, fake(ALICE, { wallet_switchEthereumChain: () => Promise.reject({ code: 4001 }) }))).toEqual({ code: 'wallet.rejected' })
  })
})

describe('a wallet’s error', () => {
  it.each([
    [{ code: 4001 }, 'rejected'],
    [{ code: '4001' }, 'rejected'],
    [{ code: -32603, data: { originalError: { code: 4001 } } }, 'rejected'],
    [{ code: -32000, message: 'User rejected transaction' }, 'rejected'],
    [{ message: 'MetaMask Tx Signature: User denied transaction signature.' }, 'rejected'],
    ['cancelled', 'rejected'],
    [{ code: -32002, message: 'Request already pending' }, 'busy'],
    [{ code: -32000, message: 'insufficient funds for gas * price + value' }, 'noFunds'],
    [{ code: 4100 }, 'unauthorised'],
    [{ code: -32000, message: 'nonce too low' }, 'failed'],
    [{ code: -32000, message: 'the node cancelled its subscription' }, 'failed'],
    [undefined, 'failed'],
  ])('%j is %s', (error, kind) => {
    expect(walletAnswer(error).kind).toBe(kind)
  })
})

describe('the kind of an account', () => {
  it('is read from its code', () => {
    expect(accountKind('0x')).toBe('eoa')
    expect(accountKind(`0xef0100${'ab'.repeat(20)}`)).toBe('delegated')
    expect(accountKind(`0xef0100${'ab'.repeat(21)}`)).toBe('contract')
    expect(accountKind('0x6080')).toBe('contract')
    for (const none of [undefined, null, '', '0', '0xa', '<html>']) expect(accountKind(none)).toBe('unknown')
  })
})
