import { expectAccessible } from '../harness/axe'
import { expect, STARTING_USD, test } from '../harness/test'
import { money } from './parts/expected'
import { connect } from './parts/people'
import { shownOn } from './parts/screen'
import { settled } from './parts/settled'
import { ask, inTwoDays, Leases, price } from './parts/tenants'

test.describe('a quote', () => {
  test('says per hour, in total and as least escrow what the contract says, for each wish', async ({ page, open, wallet, chain, world }) => {
    const leases = new Leases(chain, world)
    const rate = await leases.rateOf(3n)
    await open('/lease-capacity/3')
    await settled(page)
    await expect(page.getByRole('button', { name: 'Review the lease' })).toBeDisabled()
    await expect(page.getByRole('main')).toContainText('Connect a wallet first.')
    await connect(page)
    for (const [units, hours] of [
      [1n, 1n],
      [2n, 30n],
      [1n, 720n],
    ] as const) {
      const asked = await inTwoDays(leases, units, hours, 3n)
      await ask(page, asked)
      const least = money(await leases.runwayFor(asked, wallet.address))
      await expect(page.getByRole('main')).toContainText(least)
      const { terms } = await shownOn(page)
      expect(terms['List rate']).toContain(money(rate))
      expect(terms['Per hour']).toBe(money(units * rate))
      expect(terms['In total, at most']).toContain(money(price(asked, rate)))
      expect(terms['Least escrow']).toContain(least)
      expect(terms['Escrow']).toBe(money(price(asked, rate, 'up')))
      await expect(page.getByText('Pays for the whole term')).toBeVisible()
      await page.getByRole('tab', { name: 'Least' }).click()
      expect((await shownOn(page)).terms['Escrow']).toBe(least)
      await page.getByRole('tab', { name: 'Whole term' }).click()
    }
    await page.getByRole('textbox', { name: 'GPUs' }).fill('5')
    await expect(page.getByRole('main')).toContainText(/Only \d are free\./)
    await page.getByRole('textbox', { name: 'GPUs' }).fill('1')
    await page.getByLabel('Start (UTC)').fill('2020-01-01T00:00')
    await expect(page.getByRole('main')).toContainText('Too soon: the first start is')
    await page.getByLabel('Start (UTC)').fill('2100-01-01T00:00')
    await expect(page.getByRole('main')).toContainText('Too late: the last start is')
    await expect(page.getByRole('button', { name: 'Review the lease' })).toBeDisabled()
    expect(await chain.client.getTransactionCount({ address: wallet.address })).toBe(0)
  })

  const LANGUAGES = {
    en: {
      locale: 'en-GB',
      words: { units: 'GPUs', other: 'Other', escrow: 'Escrow', review: 'Review the lease', which: 'Which amount do you mean?', connect: 'Connect a wallet' },
      units: [
        ['0', 'At least one.'],
        ['1,5', 'Only whole numbers: 1 decimals are too many.'],
        ['1.5', 'Only whole numbers: 1 decimals are too many.'],
        ['1 000,50', 'Only whole numbers: 2 decimals are too many.'],
        ['1e18', 'Write the amount out in digits, without an exponent.'],
        ['0x10', 'Write the amount in decimal digits, not in hexadecimal.'],
        ['-1', 'Enter the amount without “-”.'],
        ['0.1234567890123456789', 'Only whole numbers: 19 decimals are too many.'],
      ],
      refused: [
        ['1e18', 'Write the amount out in digits, without an exponent.'],
        ['0x10', 'Write the amount in decimal digits, not in hexadecimal.'],
        ['-1', 'Enter the amount without “-”.'],
        ['0.1234567890123456789', '19 decimals are too many: 6 at most.'],
        ['1,000', '“,” has two meanings here.'],
        ['1,5', 'Less than the runway of'],
      ],
      taken: [
        ['1 000,50', '= 1,000.50 tUSD'],
        ['1000.5', '= 1,000.50 tUSD'],
        ['1000,5', '= 1,000.50 tUSD'],
      ],
      ambiguous: ['1,000', '1,000.00'],
    },
    fr: {
      locale: 'fr-FR',
      words: { units: 'Nombre de GPU', other: 'Autre', escrow: 'Séquestre', review: 'Vérifier le bail', which: 'Quel montant voulez-vous dire ?', connect: 'Connecter un portefeuille' },
      units: [
        ['1,5', 'Nombres entiers seulement : 1 décimales, c’est trop.'],
        ['1e18', 'Écrivez le montant en toutes ses décimales, sans exposant.'],
        ['0x10', 'Écrivez le montant en chiffres décimaux, non en hexadécimal.'],
        ['-1', 'Saisissez le montant sans « - ».'],
        ['0,1234567890123456789', 'Nombres entiers seulement : 19 décimales, c’est trop.'],
      ],
      refused: [
        ['1e18', 'Écrivez le montant en toutes ses décimales, sans exposant.'],
        ['-1', 'Saisissez le montant sans « - ».'],
        ['0,1234567890123456789', '19 décimales, c’est trop : 6 au plus.'],
        ['1.000', '« . » a deux sens ici.'],
      ],
      taken: [
        ['1 000,50', '= 1 000,50 tUSD'],
        ['1000.5', '= 1 000,50 tUSD'],
      ],
      ambiguous: ['1.000', '1 000,00'],
    },
  } as const

  for (const [language, { locale, words, units, refused, taken, ambiguous }] of Object.entries(LANGUAGES)) {
    test.describe(`in ${language}`, () => {
      test.use({ locale })

      test('takes amounts as meant, asks about them, or refuses them by name', async ({ page, open, wallet, chain, world }) => {
        await open('/lease-capacity/3')
        await page.getByRole('button', { name: words.connect }).click()
        await page.getByRole('dialog').getByRole('button', { name: /Test Wallet/ }).click()
        await expect(page.getByRole('dialog')).toHaveCount(0)
        const review = page.getByRole('button', { name: words.review })
        await expect(review).toBeEnabled()
        const main = page.getByRole('main')
        const count = page.getByRole('textbox', { name: words.units })
        for (const [typed, said] of units) {
          await count.fill(typed)
          await expect(main, typed).toContainText(said)
          await expect(count, typed).toHaveAttribute('aria-invalid', 'true')
          await expect(review, typed).toBeDisabled()
        }
        await count.fill('1')
        await page.getByRole('tab', { name: words.other }).click()
        const escrow = page.getByRole('textbox', { name: words.escrow })
        for (const [typed, said] of refused) {
          await escrow.fill(typed)
          await expect(main, typed).toContainText(said)
          await expect(review, typed).toBeDisabled()
          await escrow.press('Enter')
          await expect(page.getByRole('dialog')).toHaveCount(0)
        }
        for (const [typed, said] of taken) {
          await escrow.fill(typed)
          await expect(main, typed).toContainText(said)
          await expect(review, typed).toBeEnabled()
        }
        await escrow.fill(ambiguous[0])
        await page.getByRole('group', { name: words.which }).getByRole('button', { name: ambiguous[1] }).click()
        await expect(main).toContainText(`= ${ambiguous[1]} tUSD`)
        await expect(review).toBeEnabled()
        await expectAccessible(page)
        expect(await chain.balanceOf(world.currency, wallet.address)).toBe(STARTING_USD)
      })
    })
  }
})
