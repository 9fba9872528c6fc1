import type { Page } from '@playwright/test'
import { privateKeyToAccount } from 'viem/accounts'
import { primarySaleAbi } from '../../src/chain/abi/PrimarySale'
import { erc20PermitAbi } from '../../src/chain/abi/ERC20Permit'
import { fleetShareAbi } from '../../src/chain/abi/FleetShare'
import { expectAccessible } from '../harness/axe'
import { expect, STARTING_USD, test } from '../harness/test'
import { BATCH_CODE } from '../harness/wallet/batch'
import { money, percent } from './parts/expected'
import { Market } from './parts/investors'
import { connect, contractOf, SALE, UNIT } from './parts/people'
import { blockIn, shownOn } from './parts/screen'
import { settled } from './parts/settled'
import { carryOut } from './parts/writing'

const SENT = 'eth_sendTransaction'
const SIGNED = 'eth_signTypedData_v4'

async function buy(page: Page, shares: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Shares', exact: true }).fill(shares)
  const review = page.getByRole('button', { name: 'Review the purchase' })
  await expect(review).toBeEnabled()
  await review.click()
}

test.describe('a buyer', () => {
  test('buys by permit before the minimum, collects once another has reached it, and is delivered at once after', async ({ page, open, wallet, chain, world }) => {
    const market = new Market(chain, world)
    const { saleId, share } = await market.open(100n, 10n)
    const title = `Buy shares in sale ${saleId}`
    await open(`/invest/${saleId}`)
    await connect(page)
    await expect(page.getByText('0 of 100 shares sold (0%); the minimum is 10')).toBeVisible()
    await buy(page, '4')
    await carryOut(page, title)
    const paid = await market.costOf(saleId, 4n * UNIT)
    expect(paid).toBe(4_160_000n)
    expect(await market.bookingOf(saleId, wallet.address)).toEqual({ shares: 4n * UNIT, paid })
    expect(await chain.balanceOf(world.currency, wallet.address)).toBe(STARTING_USD - paid)
    await expect(page.getByRole('heading', { name: 'Booked to you' })).toBeVisible()
    await expect(page.getByText('4 of 100 shares sold (4%); the minimum is 10')).toBeVisible()
    await expect(page.getByRole('button', { name: 'Collect the shares' })).toHaveCount(0)

    await market.buy(saleId, 6n)
    await expect(page.getByText('Open, minimum reached')).toBeVisible()
    await page.getByRole('button', { name: 'Collect the shares' }).click()
    await carryOut(page, `Collect shares of sale ${saleId}`)
    expect(await market.held(share, wallet.address)).toBe(4n * UNIT)
    expect(await market.bookingOf(saleId, wallet.address)).toEqual({ shares: 0n, paid: 0n })
    await expect(page.getByRole('heading', { name: 'Booked to you' })).toHaveCount(0)

    await buy(page, '0.5')
    await carryOut(page, title)
    expect(await market.held(share, wallet.address)).toBe(4_500_000n)
    expect(await chain.balanceOf(world.currency, wallet.address)).toBe(STARTING_USD - paid - 520_000n)
    expect(wallet.asked(SIGNED)).toHaveLength(2)
    expect(wallet.asked(SENT)).toHaveLength(3)
    await expect(page.getByRole('table', { name: 'Purchases' }).getByRole('row')).toHaveCount(4)
    await expectAccessible(page)
  })

  test('buys the most that an amount pays for, rounded up to the smallest unit', async ({ page, open, wallet, chain, world }) => {
    const market = new Market(chain, world)
    const { saleId, share } = await market.open(100n, 1n)
    await open(`/invest/${saleId}`)
    await connect(page)
    await page.getByRole('tab', { name: 'By amount' }).click()
    await page.getByRole('textbox', { name: 'Spend at most' }).fill('10')
    // 10 / 1.04 = 9.615384 6..., and 9.615384 cost 9.99999936.
    await expect(page.getByRole('main')).toContainText('9.615384')
    await page.getByRole('button', { name: 'Review the purchase' }).click()
    await carryOut(page, `Buy shares in sale ${saleId}`)
    expect(await market.held(share, wallet.address)).toBe(9_615_384n)
    expect(await chain.balanceOf(world.currency, wallet.address)).toBe(STARTING_USD - 10_000_000n)
  })

  test('with a contract account approves exactly the cost, then buys', async ({ page, open, wallet, chain, world }) => {
    const market = new Market(chain, world)
    const { saleId, share } = await market.open(100n, 1n)
    await chain.client.setCode({ address: wallet.address, bytecode: BATCH_CODE })
    await open(`/invest/${saleId}`)
    await connect(page)
    await buy(page, '3')
    await carryOut(page, `Buy shares in sale ${saleId}`, { steps: 2 })
    expect(wallet.asked(SIGNED)).toEqual([])
    expect(await market.held(share, wallet.address)).toBe(3n * UNIT)
    const allowance = await chain.client.readContract({ address: world.currency, abi: erc20PermitAbi, functionName: 'allowance', args: [wallet.address, contractOf(world, 'PrimarySale')] })
    expect(allowance).toBe(0n)
  })

  test('with a wallet that has batches approves and buys in one transaction', async ({ page, open, wallets, chain, world }) => {
    const market = new Market(chain, world)
    const { saleId, share } = await market.open(100n, 1n)
    const wallet = await wallets.add({ batches: 'supported', key: await chain.freshKey() })
    await chain.mint(world.currency, wallet.address, STARTING_USD)
    await chain.client.setCode({ address: wallet.address, bytecode: BATCH_CODE })
    await open(`/invest/${saleId}`)
    await connect(page)
    await buy(page, '3')
    await carryOut(page, `Buy shares in sale ${saleId}`)
    expect(wallet.asked('wallet_sendCalls')).toHaveLength(1)
    expect(await chain.client.getTransactionCount({ address: wallet.address })).toBe(1)
    expect(await market.held(share, wallet.address)).toBe(3n * UNIT)
  })
})

test.describe('a sale whose time passes', () => {
  test.use({ ownChain: true })

  test('below its minimum: the buyer gets back what he paid, the seller his shares', async ({ page, open, wallet, chain, world }) => {
    const market = new Market(chain, world)
    const { saleId, share, seller, sellerKey, end } = await market.open(100n, 10n)
    await chain.client.setIntervalMining({ interval: 1 })
    await market.buy(saleId, 4n, wallet.account)
    await open(`/invest/${saleId}`)
    await connect(page)
    await expect(page.getByRole('heading', { name: 'Booked to you' })).toBeVisible()
    await expect(page.getByRole('button', { name: 'Take the refund' })).toHaveCount(0)
    await chain.moveTo(end)
    await expect(page.getByText('Ended, failed')).toBeVisible()
    await expect(page.getByRole('button', { name: 'Review the purchase' })).toHaveCount(0)
    await page.getByRole('link', { name: 'Portfolio' }).click()
    await expect(page.getByRole('table', { name: 'Booked in sales' })).toContainText('take the refund')
    await page.getByRole('table', { name: 'Booked in sales' }).getByRole('link').click()
    await page.getByRole('button', { name: 'Take the refund' }).click()
    await carryOut(page, `Take the refund of sale ${saleId}`)
    expect(await chain.balanceOf(world.currency, wallet.address)).toBe(STARTING_USD)
    expect(await market.bookingOf(saleId, wallet.address)).toEqual({ shares: 0n, paid: 0n })
    await expect(page.getByRole('button', { name: 'Take the refund' })).toHaveCount(0)

    await wallet.useKey(sellerKey)
    await expect(page.getByRole('heading', { name: 'You are the seller' })).toBeVisible()
    await expect(page.getByRole('button', { name: 'Withdraw proceeds' })).toBeDisabled()
    await page.getByRole('button', { name: 'Take back shares' }).click()
    await carryOut(page, `Take back unsold shares of sale ${saleId}`)
    expect(await market.held(share, seller.address)).toBe(100n * UNIT)
    await expect(page.getByRole('button', { name: 'Take back shares' })).toBeDisabled()
  })

  test('sold by its seller: opened, withdrawn, delivered, its income claimed, and what is left taken back', async ({ page, open, wallets, chain, world }) => {
    const market = new Market(chain, world)
    const key = await chain.freshKey()
    const seller = privateKeyToAccount(key)
    const share = await market.give(seller.address, 1_000n * UNIT)
    await chain.client.setIntervalMining({ interval: 1 })
    await wallets.add({ key })
    await open('/invest/open')
    await connect(page)
    await page.getByRole('textbox', { name: 'Shares for sale' }).fill('2000')
    await expect(page.getByText('More than you hold.')).toBeVisible()
    await page.getByRole('textbox', { name: 'Shares for sale' }).fill('600')
    await page.getByRole('textbox', { name: 'Price of a share' }).fill('1.25')
    await page.getByRole('textbox', { name: 'Minimum to sell' }).fill('601')
    await expect(page.getByText('More than is for sale.')).toBeVisible()
    await page.getByRole('textbox', { name: 'Minimum to sell' }).fill('10')
    await page.getByRole('textbox', { name: 'Days until the end' }).fill('367')
    await expect(page.getByText('366 days at most.')).toBeVisible()
    await expect(page.getByRole('button', { name: 'Review the sale' })).toBeDisabled()
    await page.getByRole('textbox', { name: 'Days until the end' }).fill('7')
    await expect(page.getByRole('main')).toContainText('750.00')
    await expectAccessible(page)
    const before = await chain.now()
    await page.getByRole('button', { name: 'Review the sale' }).click()
    await carryOut(page, 'Open a sale of shares', { steps: 2 })
    const saleId = await market.saleCount()
    const sale = await market.saleOf(saleId)
    expect(sale).toMatchObject({ seller: seller.address, share, price: 1_250_000n, cap: 600n * UNIT, minimum: 10n * UNIT, held: 600n * UNIT })
    expect(BigInt(sale.end) - before - 7n * 86_400n).toBeLessThan(60n)
    expect(await market.held(share, seller.address)).toBe(400n * UNIT)

    const early = await market.buy(saleId, 4n)
    await open(`/invest/${saleId}`)
    await expect(page.getByRole('heading', { name: 'You are the seller' })).toBeVisible()
    await expect(page.getByRole('button', { name: 'Withdraw proceeds' })).toBeDisabled()
    await expect(page.getByRole('button', { name: 'Take back shares' })).toBeDisabled()
    await market.buy(saleId, 8n)
    await page.getByRole('button', { name: 'Withdraw proceeds' }).click()
    await carryOut(page, `Withdraw the proceeds of sale ${saleId}`)
    expect(await chain.balanceOf(world.currency, seller.address)).toBe(15_000_000n)
    await expect(page.getByText('1 buyer has not collected.')).toBeVisible()
    await page.getByRole('button', { name: 'Deliver to him' }).click()
    await carryOut(page, `Deliver shares of sale ${saleId}`)
    expect(await market.held(share, early)).toBe(4n * UNIT)
    await expect(page.getByText('1 buyer has not collected.')).toHaveCount(0)

    await market.earn(share)
    expect(await market.incomeOf(saleId)).toBeGreaterThan(0n)
    await page.getByRole('button', { name: 'Claim income' }).click()
    await carryOut(page, `Claim the income of sale ${saleId}`)
    const [claimed] = await chain.client.getContractEvents({ address: market.sale, abi: primarySaleAbi, eventName: 'SaleIncomeClaimed', args: { saleId }, fromBlock: 0n })
    expect(await chain.balanceOf(world.currency, seller.address)).toBe(15_000_000n + (claimed?.args.amount ?? 0n))
    await expectAccessible(page)

    await chain.moveTo(BigInt(sale.end))
    await expect(page.getByText('Ended, succeeded')).toBeVisible()
    await page.getByRole('button', { name: 'Take back shares' }).click()
    await carryOut(page, `Take back unsold shares of sale ${saleId}`)
    expect(await market.held(share, seller.address)).toBe(988n * UNIT)
  })
})

/** What is typed: as understood, in smallest units, or what is said of it. Both languages follow one rule, and differ where one sign has two meanings. */
const TYPED = {
  en: [
    ['1,5', { shown: '= 1.5' }],
    ['1.5', { shown: '= 1.5' }],
    ['1 000,50', { shown: '= 1,000.5' }],
    ['1e18', { said: 'Write the amount out in digits, without an exponent.' }],
    ['0x10', { said: 'Write the amount in decimal digits, not in hexadecimal.' }],
    ['-1', { said: 'Enter the amount without “-”.' }],
    ['0.1234567890123456789', { said: '19 decimals are too many: 6 at most.' }],
    ['1,000', { said: '“,” has two meanings here.' }],
    ['1.000', { shown: '= 1' }],
  ],
  fr: [
    ['1,5', { shown: '= 1,5' }],
    ['1.5', { shown: '= 1,5' }],
    ['1 000,50', { shown: '= 1 000,5' }],
    ['1e18', { said: 'Écrivez le montant en toutes ses décimales, sans exposant.' }],
    ['0x10', { said: 'Écrivez le montant en chiffres décimaux, non en hexadécimal.' }],
    ['-1', { said: 'Saisissez le montant sans « - ».' }],
    ['0,1234567890123456789', { said: '19 décimales, c’est trop : 6 au plus.' }],
    ['1.000', { said: '« . » a deux sens ici.' }],
    ['1,000', { shown: '= 1' }],
  ],
} as const

test.describe('amounts typed into the purchase', () => {
  for (const [language, { locale, field, review, by, first }] of Object.entries({
    en: { locale: 'en-GB', field: 'Shares', review: 'Review the purchase', by: 'Which amount do you mean?', first: '1,000' },
    fr: { locale: 'fr-FR', field: 'Parts', review: 'Vérifier l’achat', by: 'Quel montant voulez-vous dire ?', first: '1 000' },
  })) {
    test.describe(`in ${language}`, () => {
      test.use({ locale })

      test('are taken as meant, asked about, or refused by name', async ({ page, open, wallet, chain, world }) => {
        await open('/invest/1')
        await page.getByRole('button', { name: language === 'fr' ? 'Connecter un portefeuille' : 'Connect a wallet' }).click()
        await page.getByRole('dialog').getByRole('button', { name: /Test Wallet/ }).click()
        // What is typed while a dialog is open reaches nobody.
        await expect(page.getByRole('dialog')).toHaveCount(0)
        const button = page.getByRole('button', { name: review })
        const input = page.getByRole('textbox', { name: field, exact: true })
        await input.fill('1')
        await expect(button).toBeEnabled()
        for (const [typed, expected] of language === 'fr' ? TYPED.fr : TYPED.en) {
          await input.fill(typed)
          const said = page.locator('form').filter({ has: input })
          await expect(said, typed).toContainText('said' in expected ? expected.said : expected.shown)
          if ('said' in expected) {
            await expect(button, typed).toBeDisabled()
            await expect(input, typed).toHaveAttribute('aria-invalid', 'true')
            await input.press('Enter')
            await expect(page.getByRole('dialog')).toHaveCount(0)
          } else {
            await expect(button, typed).toBeEnabled()
          }
        }
        await input.fill(language === 'fr' ? '1.000' : '1,000')
        await page.getByRole('group', { name: by }).getByRole('button', { name: first }).first().click()
        await expect(button).toBeEnabled()
        await expectAccessible(page)
        expect(await chain.client.getTransactionCount({ address: wallet.address })).toBe(0)
        expect(await chain.balanceOf(world.currency, wallet.address)).toBe(STARTING_USD)
      })
    })
  }
})

test('the yield so far is what the chain has streamed to the tranche, over its face and its cost, and no year is made of some hours', async ({ page, open, chain, world }) => {
  const market = new Market(chain, world)
  const { share, price } = await market.saleOf(SALE)
  const face = await chain.client.readContract({ address: share, abi: fleetShareAbi, functionName: 'totalSupply' })
  await open(`/invest/${SALE}`)
  await settled(page)
  // Money streams while one looks: it is held against the block that the page says it is of.
  await expect(async () => {
    const { terms, text } = await shownOn(page)
    const streamed = await market.streamed(share, blockIn(text, /Income streamed from .* to block ([0-9,]+), /))
    expect(streamed).toBeGreaterThan(0n)
    expect(text).toContain(`Income streamed to the whole tranche${money(streamed)}over `)
    expect(terms['Of its face']).toBe(percent(streamed, face, 4))
    expect(terms['Of its cost at this price']).toBe(percent(streamed, (face * price + UNIT - 1n) / UNIT, 4))
    expect(text).toContain('Of its cost, as a year—not said of less than 30 days')
    expect(text).toContain('divided by face or cost, rounded down. Income from the chain’s state, the start from the indexer.')
  }).toPass({ timeout: 30_000 })
})

test('the list of sales and one sale are accessible, and an unknown sale is said to be unknown', async ({ page, open }) => {
  await open('/invest')
  await settled(page)
  await expect(page.getByRole('table', { name: 'Open' })).toContainText('1.04')
  await expectAccessible(page)
  await open('/invest/999999')
  await expect(page.getByRole('heading', { level: 1, name: 'No such sale' })).toBeVisible()
})
