import { createWalletClient, http } from 'viem'
import { foundry } from 'viem/chains'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Status } from '../../../queue/entry'
import { dismissable } from '../../../queue/select'
import type { Provider } from '../../wallet/provider'
import { call, type Write, type WriteStep } from '../write'
import type { Reader } from '../simulate'
import type { Session } from './session'
import { memory, type TestWallet, walletOf, type World, world } from './testWorld'
import { type WritesParts, type WritesRuntime, writes } from './writes'

const DROP_AFTER = 60_000

let chain: World
let snapshot: `0x${string}`
let wallet: TestWallet
let now = 0
let ids = 0

beforeAll(async () => {
  chain = await world()
}, 60_000)
afterAll(() => chain.stop())
beforeEach(async () => {
  snapshot = await chain.test.snapshot()
  wallet = walletOf(chain, chain.person)
  now = 1_000_000
})
afterEach(async () => {
  await chain.test.setAutomine(true)
  await chain.test.revert({ id: snapshot })
})

function page(over: Partial<WritesParts> = {}): WritesRuntime {
  return writes({
    chainId: foundry.id,
    confirmations: 3,
    reader: () => chain.client,
    all: [chain.client],
    signer: async () => ({ account: chain.person.address, provider: wallet }),
    kindOf: async () => 'eoa',
    mayWrite: () => true,
    now: () => BigInt(Math.floor(Date.now() / 1000)),
    storage: memory(),
    locks: null,
    clock: () => now,
    newId: () => `write-${++ids}`,
    dropAfter: DROP_AFTER,
    ...over,
  })
}

const proposal = (listRate: bigint): WriteStep =>
  call('FleetRegistry', chain.registry, 'propose', [
    {
      currency: chain.token,
      listRate,
      units: 8,
      boardWatts: 700,
      availabilityBps: 9_900,
      penaltyBps: 1_000,
      creditCapBps: 2_000,
      notice: 86_400,
      model: 'H100',
      site: 'Paris',
    },
  ])
const transfer = (amount: bigint): WriteStep => call('Token', chain.token, 'transfer', [chain.owner.address, amount])
const funded = (amount: bigint): WriteStep => ({
  token: chain.token,
  amount,
  spender: chain.person.address,
  plain: call('Token', chain.token, 'transferFrom', [chain.person.address, chain.owner.address, amount]),
  withPermit: ({ deadline, v, r, s }) =>
    call('Token', chain.token, 'permit', [chain.person.address, chain.person.address, amount, deadline, v, r, s]),
})
const write = (...steps: readonly WriteStep[]): Write => ({ title: { id: 'x' }, summary: [], intent: 'x', steps: async () => steps })

async function ready(runtime: WritesRuntime, what: Write): Promise<Session> {
  const session = runtime.begin(what)
  await session.plan()
  expect(session.state().phase).toBe('ready')
  return session
}

function status(runtime: WritesRuntime, step = 0): Status {
  const found = runtime.store.queue().entries.at(-1)?.steps[step]?.status
  if (found === undefined) throw new Error('no such step')
  return found
}

async function until(runtime: WritesRuntime, wanted: Status['kind'], step = 0): Promise<Status> {
  const end = Date.now() + 8_000
  while (Date.now() < end) {
    const kind = runtime.store.queue().entries.length > 0 ? status(runtime, step).kind : null
    // What is sent is looked after at once, and may be in its block by now.
    if (kind === wanted || (wanted === 'pending' && kind === 'confirmed')) return status(runtime, step)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`not ${wanted} but ${JSON.stringify(status(runtime, step), (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))}`)
}

/** Anvil tells a hash before it has made the block: waits for that, where it makes blocks by itself. */
async function mined(): Promise<void> {
  if (!(await chain.test.getAutomine())) return
  await expect.poll(async () => (await chain.test.getTxpoolStatus()).pending, { interval: 5, timeout: 8_000 }).toBe(0)
}

async function look(runtime: WritesRuntime): Promise<void> {
  await mined()
  await runtime.head(await chain.client.getBlockNumber({ cacheTime: 0 }))
}

async function landed(runtime: WritesRuntime, step = 0): Promise<void> {
  await until(runtime, 'pending', step)
  await look(runtime)
  expect(status(runtime, step).kind).toBe('confirmed')
}

/** Sends a write without its block: it waits. */
async function waiting(runtime: WritesRuntime, what: Write): Promise<Extract<Status, { kind: 'pending' }>> {
  await chain.test.setAutomine(false)
  const session = await ready(runtime, what)
  void session.go()
  await until(runtime, 'pending')
  await look(runtime)
  const found = status(runtime)
  if (found.kind !== 'pending') throw new Error(found.kind)
  return found
}

async function outbid(nonce: number, to: `0x${string}`, data: `0x${string}`): Promise<`0x${string}`> {
  const other = createWalletClient({ account: chain.person, chain: foundry, transport: http(chain.url) })
  return other.sendTransaction({ to, data, nonce, gas: 500_000n, maxFeePerGas: 40_000_000_000n, maxPriorityFeePerGas: 9_000_000_000n })
}

const TRANSFER_7 = `0xa9059cbb${'f39fd6e51aad88f6f4ce6ab8827279cfffb92266'.padStart(64, '0')}${(7n).toString(16).padStart(64, '0')}` as const

describe('a write', () => {
  it('is sent, seen in a block, and counted up to the confirmations that are asked for', async () => {
    const runtime = page()
    const done: (readonly string[])[] = []
    const session = await ready(runtime, { ...write(transfer(7n)), onDone: (hashes) => done.push(hashes) })
    const going = session.go()
    await until(runtime, 'pending')
    await look(runtime)
    expect(status(runtime)).toMatchObject({ kind: 'confirmed', mined: { confirmations: 1 } })
    await going
    expect(done).toEqual([[status(runtime).kind === 'confirmed' ? (status(runtime) as { hash: string }).hash : '']])
    await chain.test.mine({ blocks: 1 })
    await look(runtime)
    expect(status(runtime)).toMatchObject({ kind: 'confirmed', mined: { confirmations: 2 } })
    await chain.test.mine({ blocks: 5 })
    await look(runtime)
    expect(status(runtime)).toMatchObject({ kind: 'final', mined: { confirmations: 3 } })
  })

  it('is shown as its calldata says, and asked of the wallet with just that', async () => {
    const runtime = page()
    const session = await ready(runtime, write(transfer(7n)))
    const state = session.state()
    expect(state).toMatchObject({ preview: { tried: { kind: 'passed' }, calls: [{ name: 'Token', function: 'transfer', arguments: [{ name: 'to', value: chain.owner.address }, { name: 'value', value: 7n }] }] } })
    void session.go()
    await until(runtime, 'pending')
    expect(wallet.asked.at(-1)).toEqual({ method: 'eth_sendTransaction', params: [{ from: chain.person.address, chainId: '0x7a69', to: chain.token, data: TRANSFER_7, value: '0x0' }] })
  })

  it('that a deployed contract would refuse is shown with its error before any wallet is asked', async () => {
    const session = await ready(page(), write(proposal(0n)))
    expect(session.state()).toMatchObject({ preview: { tried: { kind: 'refused', refusal: { by: 'chain', name: 'FleetRegistry_ZeroRate' } } } })
    const more = await ready(page(), write(call('FleetRegistry', chain.registry, 'setListRate', [7, 1n])))
    expect(more.state()).toMatchObject({
      preview: { tried: { refusal: { name: 'FleetRegistry_UnknownFleet', arguments: [{ name: 'fleetId', value: 7n }] } } },
    })
    expect(wallet.asked.map(({ method }) => method)).not.toContain('eth_sendTransaction')
  })

  it('that became impossible between summary and wallet is refused with its error, and not asked', async () => {
    const runtime = page()
    const session = await ready(runtime, write(transfer(1_000_000_000n)))
    await createWalletClient({ account: chain.person, chain: foundry, transport: http(chain.url) }).sendTransaction({ to: chain.token, data: TRANSFER_7 })
    await mined()
    await session.go()
    expect(status(runtime)).toMatchObject({ kind: 'refused', refusal: { name: 'ERC20InsufficientBalance' } })
    expect(wallet.asked.map(({ method }) => method)).not.toContain('eth_sendTransaction')
  })

  it('that reverts in its block is shown so, with the reason found by running it again', async () => {
    await createWalletClient({ account: chain.person, chain: foundry, transport: http(chain.url) }).sendTransaction({
      to: chain.token,
      data: `0x095ea7b3${chain.owner.address.slice(2).padStart(64, '0')}${(1n).toString(16).padStart(64, '0')}`,
    })
    await mined()
    const runtime = page()
    const sent = await waiting(runtime, write(transfer(1_000_000_000n)))
    await takenBefore()
    await chain.test.mine({ blocks: 1 })
    await look(runtime)
    expect(status(runtime)).toMatchObject({ kind: 'reverted', hash: sent.hash })
    expect(await runtime.reason(sent.hash)).toMatchObject({ by: 'chain', name: 'ERC20InsufficientBalance' })
  })

  it('that was given too little gas is shown so', async () => {
    const runtime = page()
    wallet.mode.gas = 30_000n
    const sent = await waiting(runtime, write(transfer(7n)))
    await chain.test.mine({ blocks: 1 })
    await look(runtime)
    expect(status(runtime)).toMatchObject({ kind: 'reverted', hash: sent.hash })
    expect(await runtime.reason(sent.hash)).toEqual({ by: 'chain', name: 'OutOfGas', arguments: [{ name: 'gas', value: 30_000n }] })
    // Of a node that has the states no more nothing follows.
    const pruned: Reader = { request: (async (call: { method: string }) => (call.method === 'eth_call' ? Promise.reject(new Error('missing trie node')) : chain.client.request(call as never))) as Reader['request'] }
    expect(await page({ reader: () => pruned }).reason(sent.hash)).toBeNull()
  })

  it('that the person rejects is rejected, whatever the wallet calls it', async () => {
    for (const error of [
      { code: 4001, message: 'no' },
      { code: -32603, message: 'Internal error', data: { originalError: { code: 4001 } } },
      { code: 'ACTION_REJECTED', message: 'x' },
      new Error('User denied transaction signature'),
      'User rejected the transaction',
    ]) {
      const runtime = page()
      wallet.mode.answer = 'reject'
      wallet.mode.error = error
      const session = await ready(runtime, write(transfer(7n)))
      await session.go()
      expect(status(runtime)).toEqual({ kind: 'rejected' })
    }
  })

  it('waits on a wallet that hangs, says so after 20 s, and is on its way when it answers at last', async () => {
    const runtime = page()
    wallet.mode.answer = 'hang'
    const session = await ready(runtime, write(transfer(7n)))
    void session.go()
    await until(runtime, 'signing')
    now += 20_000
    runtime.tick()
    expect(status(runtime)).toMatchObject({ kind: 'signing', silent: true })
    runtime.walletChanged(1, chain.person.address)
    expect(status(runtime)).toMatchObject({ kind: 'signing', moved: true })
  })

  it('is not asked of a wallet that stands on another chain', async () => {
    const runtime = page()
    const session = await ready(runtime, write(transfer(7n)))
    wallet.chainId = 1
    await session.go()
    expect(session.state()).toMatchObject({ phase: 'queued', stopped: 'moved' })
    expect(wallet.asked.map(({ method }) => method)).not.toContain('eth_sendTransaction')
    wallet.chainId = foundry.id
    void session.goOn()
    await until(runtime, 'pending')
  })

  it('meant twice is asked about while the first is on its way', async () => {
    const runtime = page()
    await waiting(runtime, write(transfer(7n)))
    expect((await ready(runtime, write(transfer(7n)))).state()).toMatchObject({ duplicate: true })
    expect((await ready(runtime, { ...write(transfer(7n)), intent: 'y' })).state()).toMatchObject({ duplicate: false })
  })
})

describe('what happens to a transaction', () => {
  it('repriced: the same call at a higher fee is followed in its place', async () => {
    const runtime = page()
    const { nonce, hash } = await waiting(runtime, write(transfer(7n)))
    const by = await outbid(nonce ?? -1, chain.token, TRANSFER_7)
    await chain.test.mine({ blocks: 4 })
    await look(runtime)
    expect(status(runtime)).toMatchObject({ kind: 'final', hash: by })
    expect(runtime.store.queue().entries[0]?.steps[0]?.hashes).toEqual([hash, by])
  })

  it('cancelled: an empty transaction to oneself took its nonce', async () => {
    const runtime = page()
    const { nonce, hash } = await waiting(runtime, write(transfer(7n)))
    const by = await outbid(nonce ?? -1, chain.person.address, '0x')
    await chain.test.mine({ blocks: 1 })
    await look(runtime)
    expect(status(runtime)).toMatchObject({ kind: 'replaced', hash, by, how: 'cancelled', mined: { confirmations: 1 } })
  })

  it('displaced: something else took its nonce, many blocks ago', async () => {
    const runtime = page()
    const { nonce } = await waiting(runtime, write(transfer(7n)))
    const by = await outbid(nonce ?? -1, chain.owner.address, '0x')
    await chain.test.mine({ blocks: 37 })
    await look(runtime)
    expect(status(runtime)).toMatchObject({ kind: 'replaced', by, how: 'other', mined: { confirmations: 3 } })
  })

  it('dropped: no node knows it for long enough; and it comes back', async () => {
    const runtime = page()
    const { hash } = await waiting(runtime, write(transfer(7n)))
    const raw = await chain.client.request({ method: 'eth_getRawTransactionByHash', params: [hash] } as never)
    await chain.test.dropTransaction({ hash })
    await look(runtime)
    now += DROP_AFTER - 1
    await look(runtime)
    expect(status(runtime).kind).toBe('pending')
    now += 1
    await look(runtime)
    expect(status(runtime)).toMatchObject({ kind: 'dropped', hash })
    await chain.client.request({ method: 'eth_sendRawTransaction', params: [raw] })
    await look(runtime)
    expect(status(runtime)).toMatchObject({ kind: 'pending', hash })
  })

  it('is not dropped while another of the configured nodes knows it', async () => {
    const other = await world()
    try {
      const runtime = page({ reader: () => other.client, all: [other.client, chain.client] })
      await chain.test.setAutomine(false)
      const session = await ready(runtime, write(transfer(7n)))
      void session.go()
      await until(runtime, 'pending')
      await look(runtime)
      now += 10 * DROP_AFTER
      await look(runtime)
      expect(status(runtime).kind).toBe('pending')
    } finally {
      other.stop()
    }
  }, 30_000)

  it('reorganised away: it waits again, and is in another block later', async () => {
    const runtime = page()
    const session = await ready(runtime, write(transfer(7n)))
    void session.go()
    await until(runtime, 'pending')
    await look(runtime)
    const before = status(runtime)
    expect(before.kind).toBe('confirmed')
    await chain.client.request({ method: 'anvil_reorg', params: [1, []] } as never)
    await look(runtime)
    expect(status(runtime)).toMatchObject({ kind: 'pending', takenBack: true })
    const again = await createWalletClient({ account: chain.person, chain: foundry, transport: http(chain.url) }).sendTransaction({
      to: chain.token,
      data: TRANSFER_7,
      nonce: await chain.client.getTransactionCount({ address: chain.person.address }),
    })
    await look(runtime)
    expect(status(runtime)).toMatchObject({ kind: 'confirmed', hash: again })
  })
})

it('a transaction that a reorganisation puts into another block counts its confirmations from there', async () => {
  const runtime = page()
  void (await ready(runtime, write(transfer(7n)))).go()
  await until(runtime, 'pending')
  await chain.test.mine({ blocks: 1 })
  await look(runtime)
  const before = status(runtime)
  if (before.kind !== 'confirmed') throw new Error(before.kind)
  const raw = await chain.client.request({ method: 'eth_getRawTransactionByHash', params: [before.hash] } as never)
  await chain.client.request({ method: 'anvil_reorg', params: [2, [[raw, 1]]] } as never)
  await look(runtime)
  expect(status(runtime)).toMatchObject({ kind: 'confirmed', hash: before.hash, mined: { block: { number: before.mined.block.number + 1n }, confirmations: 1 } })
})

describe('a page loaded anew', () => {
  it('follows what was sent before', async () => {
    const storage = memory()
    const before = page({ storage })
    await waiting(before, write(transfer(7n)))
    const after = page({ storage })
    await chain.test.mine({ blocks: 1 })
    await look(after)
    expect(status(after)).toMatchObject({ kind: 'confirmed' })
  })

  it('says of a write that was with the wallet that its answer will not be heard', async () => {
    const storage = memory()
    const before = page({ storage })
    wallet.mode.answer = 'hang'
    void (await ready(before, write(transfer(7n)))).go()
    await until(before, 'signing')
    const after = page({ storage })
    await look(after)
    expect(status(after)).toMatchObject({ kind: 'signing', unheard: true })
  })

  it('does not take a write from another tab whose wallet is open', async () => {
    const storage = memory()
    const held = new Set<string>()
    const locks = {
      request: async (name: string, _options: unknown, body: (lock: unknown) => unknown) => {
        if (held.has(name)) return body(null)
        held.add(name)
        try {
          return await body({ name })
        } finally {
          held.delete(name)
        }
      },
      query: async () => ({ held: [...held].map((name) => ({ name })) }),
    } as unknown as WritesParts['locks']
    const one = page({ storage, locks })
    wallet.mode.answer = 'hang'
    void (await ready(one, write(transfer(7n)))).go()
    await until(one, 'signing')
    const two = page({ storage, locks })
    await look(two)
    expect(status(two)).toMatchObject({ kind: 'signing', unheard: false })
  })

  it('goes on with the second step of a write whose first was mined', async () => {
    const storage = memory()
    const before = page({ storage })
    void (await ready(before, write(transfer(7n), transfer(8n)))).go()
    await until(before, 'pending')
    const after = page({ storage })
    await landed(after)
    const id = after.store.queue().entries[0]?.id ?? ''
    void after.resume(id)
    await until(after, 'pending', 1)
    expect(wallet.asked.filter(({ method }) => method === 'eth_sendTransaction')).toHaveLength(2)
  })

  it('shows what another tab stores, and forgets what it dismissed', async () => {
    const storage = memory()
    const one = page({ storage })
    const two = page({ storage })
    await waiting(one, write(transfer(7n)))
    const id = one.store.queue().entries[0]?.id ?? ''
    two.store.heard(`wellhead.write.${id}`)
    expect(status(two).kind).toBe('pending')
    storage.removeItem(`wellhead.write.${id}`)
    two.store.heard(`wellhead.write.${id}`)
    expect(two.store.queue().entries).toHaveLength(0)
  })
})

describe('a funded call', () => {
  it('of a plain account asks for a permit of the exact amount, which the token takes', async () => {
    const runtime = page()
    const session = await ready(runtime, write(funded(5_000n)))
    expect(session.state()).toMatchObject({ preview: { tried: { kind: 'passed' }, steps: [{ how: 'permit' }], calls: [{ function: 'transferFrom' }] } })
    void session.go()
    await landed(runtime)
    expect(await allowance()).toBe(5_000n)
  })

  it.each(['contract', 'delegated', 'unknown'] as const)('of a %s account is approved to the exact amount first, and never asked for a permit', async (kind) => {
    const runtime = page({ kindOf: async () => kind })
    const session = await ready(runtime, write(funded(5_000n)))
    expect(session.state()).toMatchObject({
      preview: { tried: { kind: 'passed' }, calls: [{ function: 'approve', arguments: [{}, { name: 'value', value: 5_000n }] }, { function: 'transferFrom' }] },
    })
    void session.go()
    await landed(runtime)
    await landed(runtime, 1)
    expect(await allowance()).toBe(0n)
    expect(wallet.asked.map(({ method }) => method)).not.toContain('eth_signTypedData_v4')
  })

  it('is one call where the allowance is there', async () => {
    const hash = await createWalletClient({ account: chain.person, chain: foundry, transport: http(chain.url) }).sendTransaction({
      to: chain.token,
      data: `0x095ea7b3${chain.person.address.slice(2).padStart(64, '0')}${(5_000n).toString(16).padStart(64, '0')}`,
    })
    await chain.client.waitForTransactionReceipt({ hash })
    expect((await ready(page(), write(funded(5_000n)))).state()).toMatchObject({ preview: { steps: [{ how: 'call', calls: [{}] }] } })
  })

  it('whose permit is refused stays where it was; one whose wallet cannot sign goes by approval', async () => {
    const runtime = page()
    const session = await ready(runtime, write(funded(5_000n)))
    wallet.mode.answer = 'reject'
    await session.go()
    expect(session.state()).toMatchObject({ phase: 'ready', note: 'permitRejected' })
    wallet.mode.error = { code: 4200, message: 'unsupported' }
    await session.go()
    expect(session.state()).toMatchObject({ phase: 'ready', note: 'permitUseless', preview: { calls: [{ function: 'approve' }, {}] } })
    expect(runtime.store.queue().entries).toHaveLength(0)
  })
})

/** The wallet, but its answers to one method wait until they are let go, and then may be others. */
function gated(method: string): { readonly provider: Provider; readonly open: () => void } {
  let open = (): void => undefined
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  return {
    provider: { request: async (request) => (request.method === method ? gate.then(() => wallet.request(request)) : wallet.request(request)) },
    open: () => open(),
  }
}

/** The wallet with EIP-5792, whose answers are the test's. */
function batching(answers: Readonly<Record<string, () => unknown>>): Provider {
  return {
    request: async (request) => {
      if (request.method === 'wallet_getCapabilities') return { '0x7a69': { atomic: { status: 'ready' } } }
      return answers[request.method]?.() ?? wallet.request(request)
    },
  }
}

const failing = (code: number) => (): never => {
  throw Object.assign(new Error('no'), { code })
}

const sentTransactions = (): number => wallet.asked.filter(({ method }) => method === 'eth_sendTransaction').length

describe('while nothing may be written', () => {
  it('the next step of a write is not asked of the wallet, and is once it may be', async () => {
    let may = true
    const runtime = page({ mayWrite: () => may })
    const session = await ready(runtime, write(transfer(7n), transfer(8n)))
    const going = session.go()
    await until(runtime, 'pending')
    may = false
    await landed(runtime)
    await going
    expect(session.state()).toMatchObject({ phase: 'queued', stopped: 'off' })
    expect([status(runtime, 1).kind, sentTransactions()]).toEqual(['drafted', 1])
    expect(await runtime.resume(runtime.store.queue().entries[0]?.id ?? '')).toBe('off')
    may = true
    void session.goOn()
    await until(runtime, 'pending', 1)
  })

  it('no permit is asked for', async () => {
    const session = await ready(page({ mayWrite: () => false }), write(funded(5_000n)))
    await session.go()
    expect(session.state()).toMatchObject({ phase: 'ready', note: 'off' })
    expect(wallet.asked.map(({ method }) => method)).not.toContain('eth_signTypedData_v4')
  })
})

describe('while the wallet is asked for a permit', () => {
  async function asking(runtime: WritesRuntime): Promise<{ readonly session: Session; readonly going: Promise<void> }> {
    const session = await ready(runtime, write(funded(5_000n)))
    const going = session.go()
    await expect.poll(() => session.state().phase).toBe('permit')
    return { session, going }
  }

  it('a person who leaves begins nothing, though the wallet signs later', async () => {
    const { provider, open } = gated('eth_signTypedData_v4')
    const runtime = page({ signer: async () => ({ account: chain.person.address, provider }) })
    const { session, going } = await asking(runtime)
    session.cancel()
    open()
    await going
    expect([runtime.store.queue().entries.length, sentTransactions()]).toEqual([0, 0])
  })

  it('the same begun elsewhere is asked about before it is sent twice', async () => {
    const { provider, open } = gated('eth_signTypedData_v4')
    const runtime = page({ signer: async () => ({ account: chain.person.address, provider }) })
    const { session, going } = await asking(runtime)
    const steps = [[{ contract: chain.token, name: 'Token', function: 'transfer', arguments: [], value: 0n }]]
    const draft = { id: 'other', chainId: foundry.id, account: chain.person.address, intent: 'x', needed: 3, steps }
    runtime.store.dispatch({ kind: 'drafted', draft, at: now })
    runtime.store.dispatch({ kind: 'simulating', id: 'other', step: 0 })
    runtime.store.dispatch({ kind: 'signing', id: 'other', step: 0, at: now })
    open()
    await going
    expect(session.state()).toMatchObject({ phase: 'ready', duplicate: true })
    expect(runtime.store.queue().entries).toHaveLength(1)
    void session.go()
    await until(runtime, 'pending')
  })
})

describe('several calls as one', () => {
  const batch = (answers: Readonly<Record<string, () => unknown>>): WritesRuntime =>
    page({ signer: async () => ({ account: chain.person.address, provider: batching(answers) }) })

  it('whose upgrade of the account is declined can go one by one', async () => {
    const runtime = batch({ wallet_sendCalls: failing(5750) })
    const session = await ready(runtime, write(transfer(7n), transfer(8n)))
    expect(session.state()).toMatchObject({ preview: { steps: [{ how: 'batch' }] } })
    await session.go()
    expect(status(runtime)).toMatchObject({ kind: 'refused', refusal: { name: 'wallet.noBatch' } })
    await session.plan({ onlyApprovals: true })
    expect(session.state()).toMatchObject({ phase: 'ready', preview: { steps: [{ how: 'call' }, { how: 'call' }] } })
  })

  it.each([5730, 4200])('that the wallet does not know any more (%d) are given up after a while, and can be taken off the list', async (code) => {
    const runtime = batch({ wallet_sendCalls: () => ({ id: '0xabc' }), wallet_getCallsStatus: failing(code) })
    void (await ready(runtime, write(transfer(7n), transfer(8n)))).go()
    await until(runtime, 'bundled')
    now += DROP_AFTER - 1
    await look(runtime)
    expect(status(runtime).kind).toBe('bundled')
    now += 1
    await look(runtime)
    expect(status(runtime)).toMatchObject({ kind: 'refused', refusal: { name: 'wallet.unknownBundle' } })
    expect(dismissable(runtime.store.queue())).toHaveLength(1)
  })
})

it('a write whose browser refuses it a lock goes on without', async () => {
  const locks = { request: async () => Promise.reject(new DOMException('', 'SecurityError')), query: async () => ({}) } as unknown as WritesParts['locks']
  const runtime = page({ locks })
  void (await ready(runtime, write(transfer(7n)))).go()
  await until(runtime, 'pending')
})

it('a write too large to be kept says so, and is not asked of the wallet', async () => {
  const session = await ready(page(), { ...write(transfer(7n)), intent: 'x'.repeat(8_193) })
  await session.go()
  expect(session.state()).toMatchObject({ phase: 'ready', note: 'tooLarge' })
  expect(sentTransactions()).toBe(0)
})

async function allowance(): Promise<bigint> {
  const data = await chain.client.call({
    to: chain.token,
    data: `0xdd62ed3e${chain.person.address.slice(2).padStart(64, '0')}${chain.person.address.slice(2).padStart(64, '0')}`,
  })
  return BigInt(data.data ?? '0x0')
}

/** Has the token's owner take one unit from the person, at a fee that puts it before what waits. */
async function takenBefore(): Promise<void> {
  const owner = createWalletClient({ account: chain.owner, chain: foundry, transport: http(chain.url) })
  const word = (value: string): string => value.padStart(64, '0')
  await owner.sendTransaction({
    to: chain.token,
    data: `0x23b872dd${word(chain.person.address.slice(2))}${word(chain.owner.address.slice(2))}${word('1')}`,
    gas: 100_000n,
    maxFeePerGas: 90_000_000_000n,
    maxPriorityFeePerGas: 80_000_000_000n,
  })
}
