import { parseEther, recoverTypedDataAddress } from 'viem'
import { privateKeyToAddress } from 'viem/accounts'
import { expect, STARTING_USD } from './test'
import { test } from './tiny/tinyWorld'

const RECEIVER = '0x00000000000000000000000000000000000000aa'

test('a wallet is found, connects, and sends what its account signed', async ({ page, open, wallet, chain }) => {
  const before = await chain.client.getBalance({ address: RECEIVER })
  await open()
  await page.getByRole('button', { name: 'Connect Test Wallet' }).click()
  await expect(page.getByRole('status')).toHaveText(`connected ${wallet.address} on 0x7a69`)
  await page.getByRole('button', { name: 'Send' }).click()
  await expect(page.getByRole('status')).toHaveText(/^sent 0x/)
  expect(await chain.client.getBalance({ address: RECEIVER })).toBeGreaterThanOrEqual(before + 7n)
  expect(wallet.asked('eth_sendTransaction')).toHaveLength(1)
})

test('no key enters the page', async ({ page, open, chain, wallets }) => {
  const key = await chain.freshKey()
  await wallets.add({ key })
  await open()
  await page.getByRole('button', { name: 'Connect' }).click()
  await expect(page.getByRole('status')).toContainText('connected')
  expect(await page.evaluate(() => JSON.stringify(Object.getOwnPropertyNames(window).map((name) => String(Reflect.get(window, name)))))).not.toContain(key.slice(2))
})

test('a fresh account has coins and test dollars, and they are its own', async ({ wallet, chain, world }) => {
  expect(await chain.balanceOf(world.currency, wallet.address)).toBe(STARTING_USD)
  expect(await chain.client.getBalance({ address: wallet.address })).toBe(parseEther('100'))
})

test('a rejection is 4001, and nothing is sent', async ({ page, open, wallet, chain }) => {
  await open()
  await page.getByRole('button', { name: 'Connect' }).click()
  await expect(page.getByRole('status')).toContainText('connected')
  wallet.mode = 'reject'
  await page.getByRole('button', { name: 'Send' }).click()
  await expect(page.getByRole('status')).toHaveText('error 4001 User rejected the request.')
  expect(await chain.client.getTransactionCount({ address: wallet.address })).toBe(0)
})

test('a silent wallet keeps the page waiting until it answers', async ({ page, open, wallet }) => {
  wallet.mode = 'hang'
  await open()
  await page.getByRole('button', { name: 'Connect' }).click()
  await expect.poll(() => wallet.waiting).toBe(1)
  await expect(page.getByRole('status')).toHaveText('asking')
  wallet.answerWaiting('approve')
  await expect(page.getByRole('status')).toContainText('connected')
})

test('another account and another chain are told to the page', async ({ page, open, wallet, chain }) => {
  await open()
  await page.getByRole('button', { name: 'Connect' }).click()
  await expect(page.getByRole('status')).toContainText('connected')
  const other = await chain.freshKey()
  await wallet.useKey(other)
  await expect(page.getByRole('status')).toHaveText(`account ${privateKeyToAddress(other)}`)
  await wallet.useChain(10)
  await expect(page.getByRole('status')).toHaveText('chain 0xa')
  await page.getByRole('button', { name: 'Send' }).click()
  await expect(page.getByRole('status')).toContainText('error 4901')
})

test('a chain the wallet was never told of is 4902 until it is added', async ({ wallets, chain }) => {
  const wallet = await wallets.add({ knowsChain: false, chainId: 1 })
  const chainId = `0x${chain.id.toString(16)}`
  expect(await wallet.answer('wallet_switchEthereumChain', [{ chainId }])).toMatchObject({ error: { code: 4902 } })
  expect(await wallet.answer('wallet_addEthereumChain', [{ chainId, rpcUrls: [chain.url] }])).toEqual({ result: null })
  expect(await wallet.answer('eth_chainId', [])).toEqual({ result: chainId })
})

test('two wallets under one rdns are two', async ({ page, open, wallets, chain }) => {
  const one = await wallets.add({ name: 'One', rdns: 'org.same' })
  const two = await wallets.add({ name: 'Two', rdns: 'org.same', key: await chain.freshKey() })
  await open()
  await page.getByRole('button', { name: 'Connect Two org.same' }).click()
  await expect(page.getByRole('status')).toContainText(two.address)
  await page.getByRole('button', { name: 'Connect One org.same' }).click()
  await expect(page.getByRole('status')).toContainText(one.address)
})

test('typed data is signed as it was written, to the last digit', async ({ page, open, wallet }) => {
  await open()
  await page.getByRole('button', { name: 'Connect' }).click()
  await expect(page.getByRole('status')).toContainText('connected')
  await page.getByRole('button', { name: 'Sign' }).click()
  await expect(page.getByRole('status')).toHaveText(/^signed 0x/)
  const text = await page.getByRole('status').textContent()
  const signer = await recoverTypedDataAddress({
    domain: { name: 'Tiny' },
    types: { Note: [{ name: 'amount', type: 'uint256' }] },
    primaryType: 'Note',
    message: { amount: 2n ** 256n - 1n },
    signature: `0x${(text ?? '').replace('signed 0x', '')}`,
  })
  expect(signer).toBe(wallet.address)
})

test.describe('batches', () => {
  test.use({ ownChain: true })

  test('a wallet that can makes all calls of a batch in one transaction', async ({ page, open, wallets, chain }) => {
    const wallet = await wallets.add({ batches: 'ready', key: await chain.freshKey() })
    const before = await chain.client.getBalance({ address: RECEIVER })
    await open()
    await page.getByRole('button', { name: 'Connect' }).click()
    await expect(page.getByRole('status')).toContainText('connected')
    await page.getByRole('button', { name: 'Batch' }).click()
    await expect(page.getByRole('status')).toHaveText('batch 200')
    expect(await chain.client.getBalance({ address: RECEIVER })).toBe(before + 11n)
    expect(await chain.client.getTransactionCount({ address: wallet.address })).toBe(1)
  })

  test('or none of them, where one fails', async ({ wallets, chain, world }) => {
    const wallet = await wallets.add({ batches: 'supported', key: await chain.freshKey() })
    await wallet.answer('eth_requestAccounts', [])
    const before = await chain.client.getBalance({ address: RECEIVER })
    const calls = [{ to: RECEIVER, data: '0x', value: '0x5' }, { to: world.currency, data: '0xdeadbeef' }]
    const answer = await wallet.answer('wallet_sendCalls', [{ from: wallet.address, calls }])
    expect(answer).toHaveProperty('error')
    expect(await chain.client.getBalance({ address: RECEIVER })).toBe(before)
  })

  test('a plain wallet knows no batches', async ({ wallet }) => {
    for (const method of ['wallet_getCapabilities', 'wallet_sendCalls', 'wallet_getCallsStatus']) expect(await wallet.answer(method, [])).toMatchObject({ error: { code: 4200 } })
  })
})
