import { keccak256, type Address } from 'viem'
import { nodeBondsAbi } from '../../src/chain/abi/NodeBonds'
import { nodeSetAbi } from '../../src/chain/abi/NodeSet'
import { CONTRACT_NAMES } from '../../src/config/schema'
import { expectAccessible } from '../harness/axe'
import type { Chain } from '../harness/chain'
import { objectOf } from '../harness/json'
import { expect, test } from '../harness/test'
import type { World } from '../harness/world'
import { amount } from './parts/expected'
import { contractOf } from './parts/people'
import { shownOn, tableOf } from './parts/screen'
import { settled } from './parts/settled'

const WRONG_HASH = `0x${'ab'.repeat(32)}`

test('the network’s page is the chain’s own: quorum, cover, who joined with which keys and bond, and the code behind every address', async ({ page, open, chain, world }) => {
  const set = await nodesOf(chain, world)
  expect(set.nodes).toHaveLength(world.nodes.length)
  expect(set.nodes.every(({ bonded }) => bonded > 0n)).toBe(true)
  await open('/network')
  await settled(page)
  await expect(page.getByRole('table', { name: 'Contracts' }).getByText('as expected')).toHaveCount(CONTRACT_NAMES.length)
  const shown = await shownOn(page)
  expect(shown.terms['Quorum']).toBe(`${set.quorum} of ${set.nodes.length} | must sign a report`)
  expect(shown.terms['Bond cover']).toContain(`${amount(set.cover, 2)} tUSD`)
  expect(shown.terms['Configuration']).toContain(set.configDigest)

  const nodes = tableOf(shown, 'Metering nodes')
  expect(nodes.head).toEqual(['Node', 'Identity', 'Signing key', 'Bond', 'State'])
  expect(nodes.rows).toHaveLength(set.nodes.length)
  for (const [place, { cold, hot, bonded, joined }] of set.nodes.entries()) {
    const [index, identity, key, bond, state] = nodes.rows[place] ?? []
    expect(index).toBe(String(place))
    expect(identity).toContain(cold)
    expect(key).toContain(hot)
    expect(bond).toBe(`${amount(bonded, 2)} tUSD`)
    expect(state).toBe(joined ? 'joined' : 'leaving')
  }

  const contracts = tableOf(shown, 'Contracts')
  expect(contracts.rows.map(([name]) => name)).toEqual([...CONTRACT_NAMES])
  for (const [name = '', address, hash, state] of contracts.rows) {
    expect(address, name).toContain(contractOf(world, name))
    const code = await chain.client.getCode({ address: contractOf(world, name) })
    expect(hash, name).toContain(keccak256(code ?? '0x'))
    expect(state).toBe('as expected')
  }
})

test('a contract of another code is named in its own row', async ({ page, open, config, chain, world }) => {
  const contracts = objectOf((await config.read())['contracts'])
  config.set({ contracts: { ...contracts, NodeBonds: { ...objectOf(contracts['NodeBonds']), codeHash: WRONG_HASH } } })
  const code = await chain.client.getCode({ address: contractOf(world, 'NodeBonds') })
  expect(keccak256(code ?? '0x')).not.toBe(WRONG_HASH)
  await open('/network')
  const table = page.getByRole('table', { name: 'Contracts' })
  const row = table.getByRole('row').filter({ hasText: 'NodeBonds' })
  await expect(row).toContainText('is not the NodeBonds this page knows')
  await expect(row).toContainText(WRONG_HASH)
  await expect(row).not.toContainText('as expected')
  await expect(page.locator('footer')).toContainText('Not the deployment this page is for')
  await expectAccessible(page)
})

test.describe('nodes that change', () => {
  test.use({ ownChain: true })

  test('who takes its bond out and who leaves are said to, and when the bond is free', async ({ page, open, chain, world }) => {
    const bonds = { address: contractOf(world, 'NodeBonds'), abi: nodeBondsAbi } as const
    const { nodes } = await nodesOf(chain, world)
    const [first, second] = nodes
    if (first === undefined || second === undefined) throw new Error('there are no two nodes')
    const taken = 1_000_000n
    await send(chain, first.cold, (account) => chain.client.writeContract({ chain: null, account, ...bonds, functionName: 'unbond', args: [world.currency, taken] }))
    await send(chain, second.cold, (account) => chain.client.writeContract({ chain: null, account, address: contractOf(world, 'NodeSet'), abi: nodeSetAbi, functionName: 'leave' }))
    const after = await nodesOf(chain, world)
    expect(after.nodes[0]?.bonded).toBe(first.bonded - taken)
    expect(after.nodes[1]?.joined).toBe(false)
    await open('/network')
    await settled(page)
    const { rows } = tableOf(await shownOn(page), 'Metering nodes')
    expect(rows[0]?.[3]).toBe(`${amount(first.bonded - taken, 2)} tUSD`)
    expect(rows[0]?.[4]).toMatch(/^joined ?unbonding until \d/)
    expect(rows[1]?.[4]).toBe('leaving')
    expect(rows[2]?.[4]).toBe('joined')
  })
})

/** The node set in force, read from the contracts themselves. */
async function nodesOf(chain: Chain, world: World) {
  const set = { address: contractOf(world, 'NodeSet'), abi: nodeSetAbi } as const
  const bonds = { address: contractOf(world, 'NodeBonds'), abi: nodeBondsAbi } as const
  const { client } = chain
  const keys = await client.readContract({ ...set, functionName: 'nodes' })
  return {
    quorum: await client.readContract({ ...set, functionName: 'quorum' }),
    configDigest: await client.readContract({ ...set, functionName: 'configDigest' }),
    cover: await client.readContract({ ...bonds, functionName: 'coverOf', args: [world.currency] }),
    nodes: await Promise.all(
      keys.map(async ({ cold, hot }) => {
        const [bonded] = await client.readContract({ ...bonds, functionName: 'bondOf', args: [cold, world.currency] })
        return { cold, hot, bonded, joined: await client.readContract({ ...set, functionName: 'isJoined', args: [cold] }) }
      }),
    ),
  }
}

/** As an account whose key the test does not have. */
async function send(chain: Chain, from: Address, write: (account: Address) => Promise<`0x${string}`>): Promise<void> {
  await chain.client.setBalance({ address: from, value: 10n ** 20n })
  await chain.client.impersonateAccount({ address: from })
  expect((await chain.client.waitForTransactionReceipt({ hash: await write(from) })).status).toBe('success')
}
