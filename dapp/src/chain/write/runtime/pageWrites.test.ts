import { createClient, http } from 'viem'
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { startTestRpc, type TestRpc } from '../../testRpc'
import { wagmiConfig } from '../../wallet/wagmiConfig'
import { walletStore } from '../../wallet/walletStore'
import { call, type Write } from '../write'
import { pageWrites } from './pageWrites'
import { memory, walletOf, type World, world } from './testWorld'

let chain: World
/** The RPC in use; the first in the configuration is another. */
let rpc: TestRpc

beforeAll(async () => {
  chain = await world()
  rpc = await startTestRpc(chain.url)
  vi.stubGlobal('navigator', {})
  vi.stubGlobal('window', { localStorage: memory(), addEventListener: () => undefined })
}, 60_000)
afterAll(async () => {
  vi.unstubAllGlobals()
  await rpc?.stop()
  chain?.stop()
})
beforeEach(() => {
  rpc.reply = () => 'forward'
})

/** How a payment would go to the wallet. */
async function planned(): Promise<readonly string[]> {
  const config = { id: 31337, name: 'Anvil', rpcs: [chain.url, rpc.url], explorer: null, confirmations: 2 }
  const signs = walletOf(chain, chain.person)
  const provider = {
    request: async ({ method, params }: { readonly method: string; readonly params?: unknown }) =>
      signs.request({ method: method === 'eth_requestAccounts' ? 'eth_accounts' : method, params }),
    on: () => undefined,
    removeListener: () => undefined,
  }
  const announced = [{ wallet: { uuid: 'a', rdns: 'a', name: 'a', icon: null, shared: false }, provider }]
  const discovery = { announced: () => announced, subscribe: () => () => undefined }
  const wallet = walletStore({ wagmi: wagmiConfig(config), chain: config, discovery, storage: null })
  await wallet.connect('a')
  expect(wallet.state()).toMatchObject({ address: chain.person.address, problem: null })
  const reader = createClient({ transport: http(rpc.url, { retryCount: 0 }) })
  const runtime = pageWrites({ chain: config, wallet, reader: () => reader, now: () => 0n, mayWrite: () => true })
  const { person, owner, token } = chain
  const write: Write = {
    title: { id: 'x' },
    summary: [],
    intent: 'x',
    steps: async () => [
      {
        token,
        amount: 5n,
        spender: owner.address,
        plain: call('Token', token, 'transfer', [owner.address, 5n]),
        withPermit: ({ deadline, v, r, s }) => call('Token', token, 'permit', [person.address, owner.address, 5n, deadline, v, r, s]),
      },
    ],
  }
  const session = runtime.begin(write)
  await session.plan()
  const state = session.state()
  if (state.phase !== 'ready') throw new Error(state.phase)
  return state.preview.steps.map(({ how }) => how)
}

it('asks a plain account for a permit', async () => {
  expect(await planned()).toEqual(['permit'])
})

it.each([
  ['a contract', { result: '0x6080' }],
  ['a delegated account', { result: `0xef0100${'ab'.repeat(20)}` }],
  ['an account it knows nothing of', { error: { code: -32603, message: 'internal error' } }],
  ['an account with an answer that is none', { result: null }],
])('asks %s, as the RPC in use has it, for an approval', async (_, reply) => {
  rpc.reply = ({ method }) => (method === 'eth_getCode' ? reply : 'forward')
  expect(await planned()).toEqual(['call', 'call'])
})
