import { test as base, expect } from '@playwright/test'
import { parseUnits } from 'viem'
import { chainAt, type Chain } from './chain'
import { originsIn, overrideConfig, type ConfigOverride } from './config'
import { startFaultProxy, type FaultProxy } from './faultProxy'
import { guardContext, type Guard } from './guard'
import { startOwnAnvil } from './ownAnvil'
import type { TestWallet } from './wallet/TestWallet'
import { Wallets } from './wallet/install'
import { readWorld, type World } from './world'

export { expect }

interface Options {
  /** A chain of the test's own, a copy of the world's: for time, reorganisations and held transactions. Nodes and indexer go on following the world's. */
  ownChain: boolean
}

interface Fixtures {
  /** Fails the test on a console error or warning, an uncaught error, a report of the content policy, a request to another origin. */
  guard: Guard
  chain: Chain
  config: ConfigOverride
  wallets: Wallets
  /** A wallet in approve mode with a fresh account: coins for gas, 100,000 of the test stablecoin. */
  wallet: TestWallet
  /** Puts proxies between the page and what it asks; to be called before `open`. */
  faults: { readonly rpc: () => Promise<FaultProxy>; readonly node: (index: number) => Promise<FaultProxy>; readonly indexer: () => Promise<FaultProxy> }
  /** Opens the page at a route: `open('/fleets')`. */
  open: (route?: string) => Promise<void>
}

/** Of the test stablecoin, what a fresh account begins with. */
export const STARTING_USD = parseUnits('100000', 6)

export const test = base.extend<Fixtures & Options, { world: World }>({
  ownChain: [false, { option: true }],

  world: [
    // Playwright reads a fixture's needs from this pattern.
    // eslint-disable-next-line no-empty-pattern
    async ({}, use) => use(readWorld()),
    { scope: 'worker' },
  ],

  guard: [
    async ({ context }, use) => {
      const guard = await guardContext(context)
      await use(guard)
      expect(guard.problems(), 'what nobody may see').toEqual([])
    },
    { auto: true },
  ],

  chain: async ({ world, ownChain, guard }, use) => {
    if (!ownChain) return use(await chainAt(world.rpcUrl))
    const own = await startOwnAnvil(world.rpcUrl)
    try {
      await use(own.chain)
    } finally {
      // The page is open still, and asks on.
      guard.allowFailures(own.chain.url)
      await own.stop()
    }
  },

  config: async ({ page, world, chain, ownChain }, use) => {
    const config = await overrideConfig(page, world.pageUrl)
    if (ownChain) config.set({ chain: { rpcs: [chain.url] }, indexer: null })
    await use(config)
    expect(config.fault(), 'config.json and the document beside it').toBeNull()
  },

  wallets: async ({ page, chain }, use) => use(new Wallets(page, chain)),

  wallet: async ({ wallets, chain, world }, use) => {
    const wallet = await wallets.add({ key: await chain.freshKey() })
    await chain.mint(world.currency, wallet.address, STARTING_USD)
    await use(wallet)
  },

  faults: async ({ config, guard, world, chain }, use) => {
    const started: FaultProxy[] = []
    const between = async (target: string): Promise<FaultProxy> => {
      const proxy = await startFaultProxy(target)
      started.push(proxy)
      guard.allowFailures(proxy.url)
      return proxy
    }
    await use({
      async rpc() {
        const proxy = await between(chain.url)
        config.set({ chain: { rpcs: [proxy.url] } })
        return proxy
      },
      async node(index) {
        const target = world.nodes[index]
        if (target === undefined) throw new Error(`there is no node ${index}`)
        const proxy = await between(target)
        const { nodes } = await config.read()
        config.set({ nodes: (Array.isArray(nodes) ? nodes : world.nodes).map((url: unknown, at) => (at === index ? proxy.url : url)) })
        return proxy
      },
      async indexer() {
        if (world.indexer === null) throw new Error('there is no indexer')
        const proxy = await between(world.indexer)
        config.set({ indexer: proxy.url })
        return proxy
      },
    })
    await Promise.all(started.map((proxy) => proxy.close()))
  },

  open: async ({ page, world, config, guard }, use) => {
    await use(async (route = '/') => {
      guard.allowOrigin(world.pageUrl)
      for (const url of originsIn(await config.read().catch(() => ({})))) guard.allowOrigin(url)
      await page.goto(`${world.pageUrl}#${route}`)
    })
  },
})
