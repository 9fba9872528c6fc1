import { useState, type ReactNode } from 'react'
import { LOCALES, storeLocale } from '../i18n/locales'
import { activate } from '../i18n/scopes'
import { useLocale } from '../i18n/useLocale'
import { useT } from '../i18n/useT'
import css from './Choices.module.css'

/** Each language by its own name, so that who cannot read this one finds theirs. */
const NAMES = { en: 'English', fr: 'Français', 'en-XA': 'en-XA' } as const

export function LocaleSwitch(): ReactNode {
  const t = useT()
  const locale = useLocale()
  const [failed, setFailed] = useState(false)
  // The choice shows at once; the texts may take a moment.
  const [chosen, setChosen] = useState(locale)
  return (
    <fieldset className={css.choices}>
      <legend>{t('app.language')}</legend>
      {LOCALES.map((each) => (
        <label key={each} lang={each}>
          <input
            type="radio"
            name="locale"
            value={each}
            checked={each === chosen}
            onChange={() => {
              setChosen(each)
              activate(each).then(
                () => {
                  storeLocale(each)
                  setFailed(false)
                },
                () => {
                  setChosen(locale)
                  setFailed(true)
                },
              )
            }}
          />
          <span>{NAMES[each]}</span>
        </label>
      ))}
      {failed && <p role="alert">{t('app.language.failed')}</p>}
    </fieldset>
  )
}
