import type { Locator, Page } from '@playwright/test'
import type { Address } from 'viem'
import { type Chain, replace } from '../harness/chain'
import type { FaultProxy } from '../harness/faultProxy'
import { expectAccessible } from '../harness/axe'
import { expect, STARTING_USD, test } from '../harness/test'
import { BATCH_CODE } from '../harness/wallet/batch'
import type { TestWallet } from '../harness/wallet/TestWallet'
import type { World } from '../harness/world'
import { approveAll, booked, connect, contractOf, costOf, review, saleEnd, UNIT, waitingOf, writing } from './parts/people'
import { erc20PermitAbi } from '../../src/chain/abi/ERC20Permit'

const SENT = 'eth_sendTransaction'
const SIGNED = 'eth_signTypedData_v4'

/** Until the page has looked for the transaction it knows of, and not found it mined. */
async function followed(rpc: FaultProxy): Promise<void> {
  await expect.poll(() => rpc.asked.filter((method) => method === 'eth_getTransactionReceipt').length).toBeGreaterThan(1)
}

/** Buys one share in one transaction, on a chain of one's own that makes no blocks by itself, up to where it waits for one. */
async function sendOne(page: Page, open: (route: string) => Promise<void>, chain: Chain): Promise<Locator> {
  await open('/invest/1')
  await connect(page)
  await chain.hold()
  await review(page, '1')
  const { dialog, go } = writing(page)
  await go()
  await expect(dialog).toContainText('Pending')
  return dialog
}

/** Connects, reviews a purchase of one share, and says no in the wallet: which is no error, and sends nothing. */
async function decline(page: Page, chain: Chain, wallet: TestWallet, said: string): Promise<ReturnType<typeof writing>> {
  await connect(page)
  await review(page, '1')
  const { dialog, go } = writing(page)
  await expect(dialog).toContainText('it works')
  wallet.mode = 'reject'
  await go()
  await expect(dialog).toContainText(said)
  await expect(dialog.getByRole('alert')).toHaveCount(0)
  expect(await chain.client.getTransactionCount({ address: wallet.address })).toBe(0)
  return { dialog, go }
}

async function openActivity(page: Page): Promise<Locator> {
  await page.getByRole('button', { name: /^Activity/ }).click()
  return page.getByRole('dialog', { name: 'What was sent from this browser' })
}

/** What the sale may still take of an account. */
function allowance(chain: Chain, world: World, owner: Address): Promise<bigint> {
  return chain.client.readContract({ address: world.currency, abi: erc20PermitAbi, functionName: 'allowance', args: [owner, contractOf(world, 'PrimarySale')] })
}

test.describe('buying shares', () => {
  test('a plain account signs a permit for exactly the cost and sends one transaction', async ({ page, open, wallet, chain, world }) => {
    await open('/invest/1')
    await connect(page)
    const cost = await costOf(chain, world, 3n * UNIT)
    await review(page, '3')
    const { dialog, go } = writing(page)
    await expect(dialog).toContainText(/3\s*\S+/u)
    await expect(dialog).toContainText('A signature that allows the exact amount, then the transaction')
    await dialog.getByText('Exactly what is signed').click()
    await expect(dialog).toContainText('buy')
    await expect(dialog).toContainText(String(3n * UNIT))
    await expectAccessible(page)
    await go()
    await expect(dialog).toContainText('Confirmed, 2 of 2')
    expect(await booked(chain, world, wallet.address)).toEqual({ shares: 3n * UNIT, paid: cost })
    expect(await chain.balanceOf(world.currency, wallet.address)).toBe(STARTING_USD - cost)
    expect(wallet.asked(SENT)).toHaveLength(1)
    expect(wallet.asked(SIGNED)).toHaveLength(1)
    const permit: unknown = JSON.parse(String(wallet.asked(SIGNED)[0]?.params[1]))
    expect(permit).toMatchObject({
      primaryType: 'Permit',
      domain: { chainId: chain.id, verifyingContract: world.currency },
      message: { owner: wallet.address, spender: contractOf(world, 'PrimarySale'), value: String(cost) },
    })
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click()
    await expect(page.getByRole('heading', { name: 'Booked to you' })).toBeVisible()
    await expect(await openActivity(page)).toContainText('Confirmed, 2 of 2')
    await expectAccessible(page)
  })

  test('a declined permit sends nothing and is no error', async ({ page, open, wallet, chain }) => {
    await open('/invest/1')
    await decline(page, chain, wallet, 'You declined the permit. Nothing was sent.')
  })

  test('a contract account is never asked for a permit: it approves exactly the cost, then buys', async ({ page, open, wallet, chain, world }) => {
    await chain.client.setCode({ address: wallet.address, bytecode: BATCH_CODE })
    await open('/invest/1')
    await connect(page)
    const cost = await costOf(chain, world, 2n * UNIT)
    await review(page, '2')
    const { dialog, go } = writing(page)
    await expect(dialog).toContainText('Approve exactly the amount')
    await go()
    await expect(dialog.getByText('Confirmed, 2 of 2')).toHaveCount(2)
    expect(wallet.asked(SIGNED)).toEqual([])
    expect(wallet.asked(SENT)).toHaveLength(2)
    expect(await booked(chain, world, wallet.address)).toEqual({ shares: 2n * UNIT, paid: cost })
    // Exactly, so nothing is left to be taken.
    expect(await allowance(chain, world, wallet.address)).toBe(0n)
  })

  test('a delegated account (EIP-7702) is never asked for a permit either: it approves exactly the cost, then buys', async ({ page, open, wallet, chain, world }) => {
    await chain.client.setCode({ address: wallet.address, bytecode: `0xef0100${'ab'.repeat(20)}` })
    await open('/invest/1')
    await connect(page)
    const cost = await costOf(chain, world, 2n * UNIT)
    await review(page, '2')
    const { dialog, go } = writing(page)
    await expect(dialog).toContainText('Approve exactly the amount')
    await go()
    await expect(dialog.getByText('Confirmed, 2 of 2')).toHaveCount(2)
    expect(wallet.asked(SIGNED)).toEqual([])
    expect(wallet.asked(SENT)).toHaveLength(2)
    expect(await chain.client.getTransactionCount({ address: wallet.address })).toBe(2)
    expect(await booked(chain, world, wallet.address)).toEqual({ shares: 2n * UNIT, paid: cost })
    expect(await allowance(chain, world, wallet.address)).toBe(0n)
  })

  test('a contract account in a wallet with batches approves and buys in one', async ({ page, open, wallets, chain, world }) => {
    const wallet = await wallets.add({ batches: 'supported', key: await chain.freshKey() })
    await chain.mint(world.currency, wallet.address, STARTING_USD)
    await chain.client.setCode({ address: wallet.address, bytecode: BATCH_CODE })
    await open('/invest/1')
    await connect(page)
    const cost = await costOf(chain, world, 4n * UNIT)
    await review(page, '4')
    const { dialog, go } = writing(page)
    await expect(dialog).toContainText('2 calls in one transaction: all or nothing')
    await go()
    await expect(dialog).toContainText('Confirmed, 2 of 2')
    expect(wallet.asked('wallet_sendCalls')).toHaveLength(1)
    expect(wallet.asked(SENT)).toEqual([])
    expect(wallet.asked(SIGNED)).toEqual([])
    expect(await booked(chain, world, wallet.address)).toEqual({ shares: 4n * UNIT, paid: cost })
    expect(await chain.client.getTransactionCount({ address: wallet.address })).toBe(1)
  })

  test('a declined transaction is no error, and can be tried again', async ({ page, open, wallet, chain, world }) => {
    await chain.client.setCode({ address: wallet.address, bytecode: BATCH_CODE })
    await open('/invest/1')
    const { dialog, go } = await decline(page, chain, wallet, 'You declined in the wallet. Nothing was sent.')
    wallet.mode = 'approve'
    await dialog.getByRole('button', { name: 'Try again' }).click()
    await go()
    await expect(dialog.getByText('Confirmed, 2 of 2')).toHaveCount(2)
    expect((await booked(chain, world, wallet.address)).shares).toBe(UNIT)
  })

  test('a silent wallet is said to be silent after 20 s, and its answer still counts', async ({ page, open, wallet, chain, world }) => {
    await page.clock.install()
    await open('/invest/1')
    await connect(page)
    await review(page, '1')
    const { dialog, go } = writing(page)
    await expect(dialog).toContainText('it works')
    wallet.mode = 'hang'
    await go()
    await expect(dialog).toContainText('It costs nothing; the transaction comes after it.')
    await page.clock.fastForward(20_000)
    await expect(dialog).toContainText('The wallet has said nothing for 20 seconds.')
    wallet.answerWaiting('approve')
    await expect(dialog).toContainText('Open the wallet and confirm there.')
    await page.clock.fastForward(20_000)
    await expect(dialog).toContainText('The wallet has said nothing for 20 seconds.')
    wallet.answerWaiting('approve')
    await expect(dialog).toContainText('Confirmed, 2 of 2')
    expect((await booked(chain, world, wallet.address)).shares).toBe(UNIT)
  })
})

test.describe('a write on its way', () => {
  test.use({ ownChain: true })

  test('is counted as its confirmations come', async ({ page, open, wallet, chain, world }) => {
    await approveAll(chain, world, wallet.account)
    const dialog = await sendOne(page, open, chain)
    await chain.mine()
    await expect(dialog).toContainText('Confirmed, 1 of 2')
    await chain.mine()
    await expect(dialog).toContainText('Confirmed, 2 of 2')
    expect((await booked(chain, world, wallet.address)).shares).toBe(UNIT)
  })

  test('is found again when the wallet sends it at a higher fee', async ({ page, open, wallets, chain, world, faults }) => {
    const key = await chain.freshKey()
    const wallet = await wallets.add({ key })
    await chain.mint(world.currency, wallet.address, STARTING_USD)
    await approveAll(chain, world, wallet.account)
    const rpc = await faults.rpc()
    const dialog = await sendOne(page, open, chain)
    const first = await waitingOf(chain, wallet.address)
    await expect(dialog).toContainText(first.hash.slice(2, 6))
    await followed(rpc)
    const second = await replace(chain, key, first.hash, 'speedUp')
    await chain.mine(2)
    await expect(dialog).toContainText('Confirmed, 2 of 2')
    await expect(dialog).toContainText(second.slice(2, 6))
    await expect(dialog).toContainText('Sent 2 times, at other fees')
    expect((await booked(chain, world, wallet.address)).shares).toBe(UNIT)
  })

  test('is said to be cancelled when the wallet puts an empty one in its place', async ({ page, open, wallets, chain, world, faults }) => {
    const key = await chain.freshKey()
    const wallet = await wallets.add({ key })
    await chain.mint(world.currency, wallet.address, STARTING_USD)
    await approveAll(chain, world, wallet.account)
    const rpc = await faults.rpc()
    const dialog = await sendOne(page, open, chain)
    await followed(rpc)
    const waiting = await waitingOf(chain, wallet.address)
    await replace(chain, key, waiting.hash, 'cancel')
    await chain.mine(2)
    await expect(dialog).toContainText('Cancelled')
    await expect(dialog).toContainText('Nothing was done.')
    expect((await booked(chain, world, wallet.address)).shares).toBe(0n)
  })

  test('is said to be replaced, and not done, when another transaction of the account takes its place', async ({ page, open, wallets, chain, world, faults }) => {
    const key = await chain.freshKey()
    const wallet = await wallets.add({ key })
    await chain.mint(world.currency, wallet.address, STARTING_USD)
    await approveAll(chain, world, wallet.account)
    const rpc = await faults.rpc()
    const dialog = await sendOne(page, open, chain)
    await followed(rpc)
    const { hash } = await waitingOf(chain, wallet.address)
    const other = await replace(chain, key, hash, { to: contractOf(world, 'TestUSDImplementation'), value: 1n })
    await chain.mine(2)
    await expect(dialog).toContainText('Replaced')
    await expect(dialog).toContainText('Another transaction of the account took its place. This one was not done.')
    await expect(dialog).toContainText(other.slice(2, 6))
    expect((await booked(chain, world, wallet.address)).shares).toBe(0n)
  })

  test('is called dropped when no RPC knows it any more, and comes back when one does', async ({ page, open, wallet, chain, world }) => {
    await approveAll(chain, world, wallet.account)
    await page.clock.install()
    const dialog = await sendOne(page, open, chain)
    const { hash, raw } = await waitingOf(chain, wallet.address)
    await chain.drop(hash)
    await page.clock.fastForward(95_000)
    await expect(dialog).toContainText('No RPC knows this transaction any more.')
    await chain.client.sendRawTransaction({ serializedTransaction: raw })
    await chain.mine(2)
    await expect(dialog).toContainText('Confirmed, 2 of 2')
    expect((await booked(chain, world, wallet.address)).shares).toBe(UNIT)
  })

  test('is taken back with its block, and confirmed again in another', async ({ page, open, wallet, chain, world }) => {
    await approveAll(chain, world, wallet.account)
    await chain.mine(3)
    const dialog = await sendOne(page, open, chain)
    const { raw } = await waitingOf(chain, wallet.address)
    await chain.mine()
    await expect(dialog).toContainText('Confirmed, 1 of 2')
    await chain.reorg(1)
    await expect(dialog).toContainText('It was in a block that the chain has taken back. It waits again.')
    expect((await booked(chain, world, wallet.address)).shares).toBe(0n)
    await chain.client.sendRawTransaction({ serializedTransaction: raw })
    await chain.mine(2)
    await expect(dialog).toContainText('Confirmed, 2 of 2')
    expect((await booked(chain, world, wallet.address)).shares).toBe(UNIT)
  })

  test('is followed on after the page was loaded anew', async ({ page, open, wallet, chain, world }) => {
    await approveAll(chain, world, wallet.account)
    await sendOne(page, open, chain)
    await page.reload()
    const activity = await openActivity(page)
    await expect(activity).toContainText('Pending')
    await chain.mine(2)
    await expect(activity).toContainText('Confirmed, 2 of 2')
    expect((await booked(chain, world, wallet.address)).shares).toBe(UNIT)
  })

  test('goes on with its second step after the page was loaded anew between the two', async ({ page, open, wallet, chain, world }) => {
    await chain.client.setCode({ address: wallet.address, bytecode: BATCH_CODE })
    const cost = await costOf(chain, world, UNIT)
    await sendOne(page, open, chain)
    await page.reload()
    const activity = await openActivity(page)
    await expect(activity).toContainText('Pending')
    await expect(activity.getByRole('button', { name: 'Go on' })).toHaveCount(0)
    await chain.mine()
    await activity.getByRole('button', { name: 'Go on' }).click()
    await expect(activity).toContainText('Pending')
    await chain.mine(2)
    await expect(activity.getByText('Confirmed, 2 of 2')).toHaveCount(2)
    expect(wallet.asked(SENT)).toHaveLength(2)
    expect(await booked(chain, world, wallet.address)).toEqual({ shares: UNIT, paid: cost })
    expect(await allowance(chain, world, wallet.address)).toBe(0n)
  })

  test('that was confirmed is taken back with its blocks, and the page says so', async ({ page, open, wallet, chain, world }) => {
    await approveAll(chain, world, wallet.account)
    await chain.mine(3)
    const dialog = await sendOne(page, open, chain)
    await chain.mine(2)
    await expect(dialog).toContainText('Confirmed, 2 of 2')
    expect((await booked(chain, world, wallet.address)).shares).toBe(UNIT)
    await expect(page.getByRole('heading', { name: 'Booked to you', includeHidden: true })).toBeVisible()
    await chain.reorg(2)
    await expect(dialog).toContainText('It was in a block that the chain has taken back. It waits again.')
    await expect(dialog).not.toContainText('Confirmed')
    expect(await booked(chain, world, wallet.address)).toEqual({ shares: 0n, paid: 0n })
    await dialog.getByRole('button', { name: 'Close' }).last().click()
    await expect(page.getByRole('button', { name: 'Activity 1 to look at' })).toBeVisible()
    await expect(page.getByRole('heading', { name: 'Booked to you' })).toHaveCount(0)
  })

  test('leads to its transaction in the explorer, and once confirmed is still in the activity after the page was loaded anew', async ({ page, open, config, wallet, chain, world }) => {
    config.set({ chain: { explorer: 'https://scan.example' } })
    await approveAll(chain, world, wallet.account)
    const dialog = await sendOne(page, open, chain)
    const { hash } = await waitingOf(chain, wallet.address)
    await expectLink(dialog)
    await chain.mine(2)
    await expect(dialog).toContainText('Confirmed, 2 of 2')
    await page.reload()
    const activity = await openActivity(page)
    await expect(activity).toContainText('Confirmed, 2 of 2')
    await expectLink(activity)
    expect((await booked(chain, world, wallet.address)).shares).toBe(UNIT)

    async function expectLink(within: Locator): Promise<void> {
      const link = within.getByRole('link', { name: hash })
      await expect(link).toHaveAttribute('href', `https://scan.example/tx/${hash}`)
      await expect(link).toHaveAttribute('target', '_blank')
      await expect(link).toHaveAttribute('rel', /\bnoopener\b/)
      await expect(link).toHaveAttribute('rel', /\bnoreferrer\b/)
    }
  })

  test('the same write a second time is asked about', async ({ page, open, wallet, chain, world }) => {
    await approveAll(chain, world, wallet.account)
    const first = await sendOne(page, open, chain)
    await first.getByRole('button', { name: 'Close' }).last().click()
    await review(page, '1')
    const { dialog } = writing(page)
    await expect(dialog).toContainText('The same is already on its way')
    const next = dialog.getByRole('button', { name: 'Continue in the wallet' })
    await expect(next).toBeDisabled()
    await dialog.getByRole('checkbox', { name: 'Send it a second time all the same' }).check()
    await expect(next).toBeEnabled()
    expect(wallet.asked(SENT)).toHaveLength(1)
  })

  test('one that was good when it was tried and reverts in its block says why', async ({ page, open, wallet, chain, world }) => {
    await approveAll(chain, world, wallet.account)
    const dialog = await sendOne(page, open, chain)
    await chain.moveTo((await saleEnd(chain, world)) + 1n)
    await expect(dialog).toContainText('Reverted')
    await expect(dialog).toContainText('The sale ended at')
    expect((await booked(chain, world, wallet.address)).shares).toBe(0n)
  })

  test('is not asked of the wallet when the contract would refuse it, and the reason is a sentence', async ({ page, open, wallet, chain, world }) => {
    await approveAll(chain, world, wallet.account)
    await open('/invest/1')
    await connect(page)
    await review(page, '1')
    const { dialog, go } = writing(page)
    await expect(dialog).toContainText('it works')
    await chain.moveTo((await saleEnd(chain, world)) + 1n)
    await go()
    await expect(dialog).toContainText('Refused')
    await expect(dialog).toContainText('The sale ended at')
    await dialog.getByRole('button', { name: 'Try again' }).click()
    await expect(dialog.getByRole('alert')).toContainText('The contract would refuse this')
    await expect(dialog.getByRole('alert')).toContainText('The sale ended at')
    await expect(dialog.getByRole('button', { name: 'Continue in the wallet' })).toBeDisabled()
    expect(wallet.asked(SENT)).toEqual([])
  })
})
