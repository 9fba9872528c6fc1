import { expect, type Locator, type Page } from '@playwright/test'

/** What the dialog of a write says, by language. */
const WORDS = {
  en: { works: 'it works', go: /^(Sign the permit|Continue in the wallet)$/, confirmed: 'Confirmed, 2 of 2', close: 'Close' },
  fr: { works: 'cela fonctionne', go: /^(Signer l’autorisation|Continuer dans le portefeuille)$/, confirmed: 'Confirmée, 2 sur 2', close: 'Fermer' },
} as const

/** The dialog of a write, by its title. */
export function dialogOf(page: Page, title: string | RegExp): Locator {
  return page.getByRole('dialog', { name: title })
}

/** Goes through a write from its tried summary to the confirmations of all its steps, and closes it. */
export async function carryOut(page: Page, title: string | RegExp, { steps = 1, language = 'en' }: { readonly steps?: number; readonly language?: 'en' | 'fr' } = {}): Promise<void> {
  const words = WORDS[language]
  const dialog = dialogOf(page, title)
  await expect(dialog).toContainText(words.works)
  await dialog.getByRole('button', { name: words.go }).click()
  await expect(dialog.getByText(words.confirmed)).toHaveCount(steps)
  await dialog.getByRole('button', { name: words.close }).last().click()
  await expect(dialog).toHaveCount(0)
}
