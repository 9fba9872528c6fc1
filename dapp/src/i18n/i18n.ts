import { setupI18n, type I18n } from '@lingui/core'

/**
 * The page's only translator. A missing id is a fault of ours: it is shown as itself and told on the console, which fails every browser test.
 */
export const i18n: I18n = setupI18n({
  missing: (locale, id) => {
    console.error(`no text for ${id} in ${locale}`)
    return id
  },
})
