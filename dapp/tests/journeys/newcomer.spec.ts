import type { Page } from '@playwright/test'
import type { Address, Hex } from 'viem'
import { formatAmount } from '../../src/format/formatAmount'
import { expectAccessible } from '../harness/axe'
import type { Chain } from '../harness/chain'
import { expect, test } from '../harness/test'
import type { TestWallet } from '../harness/wallet/TestWallet'
import type { World } from '../harness/world'
import { Market } from './parts/investors'
import { booked, costOf, SALE, UNIT } from './parts/people'
import { downloadStatement, sum } from './parts/statement'
import { fieldTime, inTwoDays, Leases, price } from './parts/tenants'
import { carryOut } from './parts/writing'

const ENGLISH = {
  language: 'en',
  connect: 'Connect a wallet',
  account: /^Wallet: account/,
  menu: 'Pages',
  portfolio: 'Portfolio',
  holdings: 'Holdings',
  claim: 'Claim: Equity,',
  claiming: 'Claim the income of a share',
  invest: 'Invest',
  sales: 'Open',
  shares: 'Shares',
  some: '400.5',
  review: 'Review the purchase',
  buying: `Buy shares in sale ${SALE}`,
  booked: 'Booked to you',
  fleets: 'Fleets',
  lease: 'Lease capacity',
  gpus: 'GPUs',
  start: 'Start (UTC)',
  span: 'For how long',
  length: 'Length',
  reviewLease: 'Review the lease',
  leasing: 'Lease 2 GPUs of fleet 2',
  opened: 'The lease is open',
  yours: 'your leases',
  numbered: 'Lease',
} as const

const FRENCH: Words = {
  language: 'fr',
  connect: 'Connecter un portefeuille',
  account: /^Portefeuille : compte/,
  menu: 'Rubriques',
  portfolio: 'Portefeuille',
  holdings: 'Positions',
  claim: 'Percevoir : Tranche résiduelle,',
  claiming: 'Percevoir le revenu d’une part',
  invest: 'Investir',
  sales: 'En cours',
  shares: 'Parts',
  some: '400,5',
  review: 'Vérifier l’achat',
  buying: `Acheter des parts dans la vente ${SALE}`,
  booked: 'Réservé pour vous',
  fleets: 'Parcs',
  lease: 'Louer de la capacité',
  gpus: 'Nombre de GPU',
  start: 'Début (UTC)',
  span: 'Pour combien de temps',
  length: 'Durée',
  reviewLease: 'Vérifier le bail',
  leasing: 'Louer 2 GPU du parc 2',
  opened: 'Le bail est ouvert',
  yours: 'vos baux',
  numbered: 'Bail',
}

type Words = { readonly [Name in keyof typeof ENGLISH]: (typeof ENGLISH)[Name] extends RegExp ? RegExp : Name extends 'language' ? 'en' | 'fr' : string }

/** 400.5 shares, in smallest units. */
const SOME = 400_500_000n

/** Someone with the demo's key in a wallet, who finds the way by what the page says. */
class Newcomer {
  readonly market: Market
  readonly leases: Leases

  constructor(
    readonly page: Page,
    readonly wallet: TestWallet,
    readonly chain: Chain,
    readonly world: World,
    readonly words: Words,
  ) {
    this.market = new Market(chain, world)
    this.leases = new Leases(chain, world)
  }

  async connects(): Promise<void> {
    const { page, words } = this
    await expect(page.locator('html')).toHaveAttribute('lang', words.language)
    await page.getByRole('button', { name: words.connect }).click()
    const wallet = page.getByRole('dialog', { name: words.connect }).getByRole('button', { name: /Test Wallet/ })
    await expect(wallet).toBeVisible()
    await expectAccessible(page)
    await wallet.click()
    await expect(page.getByRole('button', { name: words.account })).toBeVisible()
  }

  /** Finds the equity of the first fleet among the holdings, and takes what it has earned. Resolves to how much it was, and the share. */
  async claims(): Promise<{ readonly share: Address; readonly claimed: bigint }> {
    const { page, words, market, wallet } = this
    const share = await market.shareOf(1n)
    const [before, held, purse] = [await market.claimedBy(share, wallet.address), await market.held(share, wallet.address), await this.purse()]
    await this.goesTo(words.portfolio)
    const { model } = await this.leases.specOf(1n)
    const claim = page.getByRole('button', { name: `${words.claim} ${model}` })
    const row = page.getByRole('table', { name: words.holdings }).getByRole('row').filter({ has: claim })
    await expect(row).toContainText(formatAmount(held, 6, words.language, { minDecimals: 0 }))
    await claim.click()
    await carryOut(page, words.claiming, words)
    const claimed = (await market.claimedBy(share, wallet.address)) - before
    expect(claimed).toBeGreaterThan(0n)
    expect(await this.purse()).toBe(purse + claimed)
    return { share, claimed }
  }

  /** Buys 400.5 shares in the first sale, which is far from its minimum. Resolves to what they cost. */
  async buys(): Promise<bigint> {
    const { page, words, chain, world, wallet } = this
    const [cost, purse] = [await costOf(chain, world, SOME), await this.purse()]
    await this.goesToSale()
    await page.getByRole('textbox', { name: words.shares, exact: true }).fill(words.some)
    await expect(page.getByRole('main')).toContainText(formatAmount(cost, 6, words.language))
    await page.getByRole('button', { name: words.review }).click()
    await expectAccessible(page)
    await carryOut(page, words.buying, words)
    expect(await booked(chain, world, wallet.address)).toEqual({ shares: SOME, paid: cost })
    expect(await this.purse()).toBe(purse - cost)
    await expect(page.getByRole('heading', { name: words.booked })).toBeVisible()
    return cost
  }

  /** Leases two GPUs of the second fleet for 30 hours. */
  async leasesCapacity(): Promise<void> {
    const { page, words, leases, wallet } = this
    const [asked, { model }, purse] = [await inTwoDays(leases, 2n), await leases.specOf(2n), await this.purse()]
    await this.goesTo(words.fleets)
    await page.getByRole('table', { name: words.fleets }).getByRole('link', { name: model }).first().click()
    await page.getByRole('link', { name: words.lease }).click()
    await page.getByRole('textbox', { name: words.gpus }).fill('2')
    await page.getByLabel(words.start).fill(fieldTime(asked.start))
    await page.getByLabel(words.span).selectOption('hours')
    await page.getByRole('textbox', { name: words.length }).fill('30')
    await page.getByRole('button', { name: words.reviewLease }).click()
    await carryOut(page, words.leasing, words)
    await expect(page.getByText(words.opened)).toBeVisible()
    const [leaseId, ...others] = await leases.openedBy(wallet.address)
    if (leaseId === undefined) throw new Error('no lease was opened')
    expect(others).toEqual([])
    const { terms, account } = await leases.leaseOf(leaseId)
    const full = price(asked, await leases.rateOf(2n), 'up')
    expect(terms).toMatchObject({ units: 2, start: Number(asked.start), end: Number(asked.end), fleetId: 2 })
    expect(account.held).toBe(full)
    expect(await this.purse()).toBe(purse - full)
    await page.getByRole('link', { name: words.yours }).click()
    await expect(page.getByRole('rowheader').getByRole('link', { name: `${words.numbered} ${leaseId}` })).toBeVisible()
  }

  async goesTo(name: string): Promise<void> {
    await this.page.getByRole('navigation', { name: this.words.menu }).getByRole('link', { name, exact: true }).click()
  }

  async goesToSale(): Promise<void> {
    const { page, words } = this
    await this.goesTo(words.invest)
    const link = page.getByRole('table', { name: words.sales }).getByRole('link')
    await link.and(page.locator(`[href="#/invest/${SALE}"]`)).click()
  }

  purse(): Promise<bigint> {
    return this.chain.balanceOf(this.world.currency, this.wallet.address)
  }
}

test.describe('a newcomer with the demo’s key', () => {
  test.use({ ownChain: true })

  test.beforeEach(async ({ chain }) => chain.client.setIntervalMining({ interval: 1 }))

  test('connects, sees the holdings, claims, buys and leases', async ({ page, open, wallets, chain, world }) => {
    const newcomer = new Newcomer(page, await wallets.add({ key: demoKey(world) }), chain, world, ENGLISH)
    await open()
    await newcomer.connects()
    await newcomer.claims()
    await newcomer.buys()
    await newcomer.leasesCapacity()
  })

  test.describe('en français', () => {
    test.use({ locale: 'fr-FR' })

    test('connecter, percevoir, acheter, louer, retirer, relever', async ({ page, open, wallets, chain, world }) => {
      const wallet = await wallets.add({ key: demoKey(world) })
      const newcomer = new Newcomer(page, wallet, chain, world, FRENCH)
      const { market } = newcomer
      await open()
      await newcomer.connects()
      const { share, claimed } = await newcomer.claims()
      const paid = await newcomer.buys()
      await newcomer.leasesCapacity()

      const held = await market.held(share, wallet.address)
      const { minimum } = await market.saleOf(SALE)
      await market.buy(SALE, minimum / UNIT)
      await newcomer.goesToSale()
      await page.getByRole('button', { name: 'Retirer les parts' }).click()
      await carryOut(page, `Retirer les parts de la vente ${SALE}`, FRENCH)
      expect(await market.held(share, wallet.address)).toBe(held + SOME)

      await newcomer.goesTo(FRENCH.portfolio)
      await expect(page.getByRole('table', { name: 'Soldes de clôture' })).toContainText(formatAmount(held + SOME, 6, 'fr', { minDecimals: 0 }))
      await expect(page.getByText(/mouvements\s; égal à la chaîne à l’unité près/)).toBeVisible()
      await expect(page.getByRole('table', { name: 'Revenus' })).toContainText(formatAmount(claimed, 6, 'fr'))
      const { lines, json } = await downloadStatement(page, { csv: 'Télécharger en CSV', json: 'Télécharger en JSON' })
      expect(json['agreesWithChain']).toBe(true)
      expect(sum(lines, 'paid')).toBe(paid)
      const own = lines.filter((line) => line['share_token'] === share)
      expect(sum(own, 'income_claimed')).toBe(await market.claimedBy(share, wallet.address))
      const closing = own.find(({ line }) => line === 'closing')
      expect(closing?.['share_balance_after']).toBe(String(held + SOME))
      expect(closing?.['claimable_after']).toBe(String(await market.claimable(share, wallet.address, BigInt(closing?.['block'] ?? 0))))
      await expectAccessible(page)
    })
  })
})

function demoKey({ keys }: World): Hex {
  const key = keys['investor']
  if (key === undefined) throw new Error('the world has no investor')
  return key
}
