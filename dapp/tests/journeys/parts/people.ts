import { expect, type Page } from '@playwright/test'
import { isHex, maxUint256, type Address, type Hex, type PrivateKeyAccount } from 'viem'
import { erc20PermitAbi } from '../../../src/chain/abi/ERC20Permit'
import { primarySaleAbi } from '../../../src/chain/abi/PrimarySale'
import type { Chain } from '../../harness/chain'
import { rpcCall } from '../../harness/wallet/signing'
import type { World } from '../../harness/world'

/** The sale that journeys buy in: 1.04 a share, far from its minimum, so that purchases are booked. */
export const SALE = 1n
/** Both the share and the currency have six decimals. */
export const UNIT = 1_000_000n

/** Connects the wallet of that name through the page's own dialog. */
export async function connect(page: Page, name: RegExp | string = /Test Wallet/): Promise<void> {
  await page.getByRole('button', { name: 'Connect a wallet' }).click()
  await page.getByRole('dialog').getByRole('button', { name }).click()
  await expect(page.getByRole('button', { name: /^Wallet: account/ })).toBeVisible()
  await expect(page.getByRole('dialog')).toHaveCount(0)
}

/** Fills in a purchase and opens its dialog; the page is a sale's. */
export async function review(page: Page, shares: string): Promise<void> {
  const field = page.getByRole('textbox', { name: 'Shares', exact: true })
  await field.fill(shares)
  const button = page.getByRole('button', { name: 'Review the purchase' })
  await expect(button).toBeEnabled()
  await button.click()
  await expect(page.getByRole('dialog', { name: `Buy shares in sale ${SALE}` })).toBeVisible()
}

/** The dialog of the write that is open. */
export function writing(page: Page) {
  const dialog = page.getByRole('dialog', { name: `Buy shares in sale ${SALE}` })
  return {
    dialog,
    /** Goes on to the wallet once it was tried. */
    go: async (): Promise<void> => {
      await expect(dialog).toContainText('it works')
      await dialog.getByRole('button', { name: /^(Sign the permit|Continue in the wallet)$/ }).click()
    },
  }
}

/** What is booked to a buyer, smallest units. */
export async function booked(chain: Chain, world: World, buyer: Address): Promise<{ readonly shares: bigint; readonly paid: bigint }> {
  const address = contractOf(world, 'PrimarySale')
  return chain.client.readContract({ address, abi: primarySaleAbi, functionName: 'bookingOf', args: [SALE, buyer] })
}

/** What shares cost, smallest units. */
export async function costOf(chain: Chain, world: World, shares: bigint): Promise<bigint> {
  return chain.client.readContract({ address: contractOf(world, 'PrimarySale'), abi: primarySaleAbi, functionName: 'costOf', args: [SALE, shares] })
}

export function contractOf(world: World, name: string): Address {
  const address = world.contracts[name]
  if (address === undefined) throw new Error(`the world has no ${name}`)
  return address
}

/** When buying ends, Unix seconds of the chain. */
export async function saleEnd(chain: Chain, world: World): Promise<bigint> {
  const { end } = await chain.client.readContract({ address: contractOf(world, 'PrimarySale'), abi: primarySaleAbi, functionName: 'saleOf', args: [SALE] })
  return BigInt(end)
}

/** Lets the sale take all: a purchase is then one transaction, without a permit. */
export async function approveAll(chain: Chain, world: World, account: PrivateKeyAccount): Promise<void> {
  const args = [contractOf(world, 'PrimarySale'), maxUint256] as const
  const hash = await chain.client.writeContract({ chain: null, account, address: world.currency, abi: erc20PermitAbi, functionName: 'approve', args })
  await chain.client.waitForTransactionReceipt({ hash })
}

/** The transaction of an account that waits for a block, and its bytes, to send it again. */
export async function waitingOf(chain: Chain, from: Address): Promise<{ readonly hash: Hex; readonly raw: Hex }> {
  const { transactions } = await chain.client.getBlock({ blockTag: 'pending', includeTransactions: true })
  const waiting = transactions.find((each) => each.from.toLowerCase() === from.toLowerCase())
  if (waiting === undefined) throw new Error(`nothing of ${from} waits`)
  const raw = await rpcCall(chain.url, 'eth_getRawTransactionByHash', [waiting.hash])
  if (!isHex(raw)) throw new Error(`the bytes of ${waiting.hash} are not known`)
  return { hash: waiting.hash, raw }
}
