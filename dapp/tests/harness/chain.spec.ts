import { privateKeyToAccount } from 'viem/accounts'
import { replace } from './chain'
import { expect } from './test'
import { test } from './tiny/tinyWorld'

const RECEIVER = '0x00000000000000000000000000000000000000bb'

test.describe("a chain of one's own", () => {
  test.use({ ownChain: true })

  test('holds what the other held, and keeps to itself what is done to it', async ({ chain, world, wallet }) => {
    expect(await chain.client.getCode({ address: world.currency })).toMatch(/^0x[0-9a-f]+$/)
    const later = (await chain.now()) + 1_000_000n
    await chain.moveTo(later)
    expect(await chain.now()).toBe(later)
    expect(chain.url).not.toBe(world.rpcUrl)
    expect(await chain.client.getTransactionCount({ address: wallet.address })).toBe(0)
  })

  test('keeps sent transactions waiting, and forgets one', async ({ chain, wallet }) => {
    await wallet.answer('eth_requestAccounts', [])
    await chain.hold()
    const { hash, answer } = await send()
    expect(answer).toMatchObject({ result: hash })
    expect((await chain.client.getTransaction({ hash })).blockNumber).toBeNull()
    await chain.drop(hash)
    await chain.mine()
    await expect(chain.client.getTransactionReceipt({ hash })).rejects.toThrow(/could not be found/)

    async function send(): Promise<{ hash: `0x${string}`; answer: unknown }> {
      const answer = await wallet.answer('eth_sendTransaction', [{ from: wallet.address, to: RECEIVER, value: '0x1' }])
      const hash = 'result' in answer ? String(answer.result) : ''
      return { hash: `0x${hash.slice(2)}`, answer }
    }
  })

  test('replaces a waiting transaction by one of the same nonce', async ({ chain }) => {
    const key = await chain.freshKey()
    const account = privateKeyToAccount(key)
    await chain.hold()
    const first = await chain.client.sendTransaction({ account, chain: null, to: RECEIVER, value: 3n })
    const second = await replace(chain, key, first, 'speedUp')
    await chain.mine()
    expect((await chain.client.getTransactionReceipt({ hash: second })).status).toBe('success')
    await expect(chain.client.getTransactionReceipt({ hash: first })).rejects.toThrow(/could not be found/)
  })

  test('takes back its newest blocks', async ({ chain, wallet }) => {
    await wallet.answer('eth_requestAccounts', [])
    await chain.mine(3)
    await wallet.answer('eth_sendTransaction', [{ from: wallet.address, to: RECEIVER, value: '0x5' }])
    const balance = (): Promise<bigint> => chain.client.getBalance({ address: RECEIVER })
    const [head, paid] = [await chain.client.getBlock(), await balance()]
    expect(paid).toBe(5n)
    await chain.reorg(1)
    expect(await balance()).toBe(0n)
    expect((await chain.client.getBlock({ blockNumber: head.number })).hash).not.toBe(head.hash)
  })
})

test.describe('an RPC behind a proxy', () => {
  test.use({ ownChain: true })

  test('is down and comes back', async ({ page, open, faults, chain }) => {
    const rpc = await faults.rpc()
    await open()
    const head = page.getByRole('button', { name: 'Head' })
    rpc.down()
    await head.click()
    await expect(page.getByRole('status')).toContainText('Failed to fetch')
    rpc.pass()
    await head.click()
    await expect(page.getByRole('status')).toHaveText(`head ${await chain.client.getBlockNumber()}`)
    expect(rpc.asked).toContain('eth_blockNumber')
  })

  test('stands still while the chain goes on, and can lie', async ({ page, open, faults, chain }) => {
    const rpc = await faults.rpc()
    await open()
    const before = await chain.client.getBlockNumber()
    await rpc.stale()
    await chain.mine(5)
    const head = page.getByRole('button', { name: 'Head' })
    await head.click()
    await expect(page.getByRole('status')).toHaveText(`head ${before}`)
    rpc.lie((method, answer) => (method === 'eth_blockNumber' ? '0x1' : answer))
    await head.click()
    await expect(page.getByRole('status')).toHaveText('head 1')
    rpc.slow(300)
    await head.click()
    await expect(page.getByRole('status')).toHaveText('asking')
    await expect(page.getByRole('status')).toHaveText(`head ${before + 5n}`)
  })
})
