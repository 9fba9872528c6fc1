import { useState, type ReactNode } from 'react'
import { useT } from '../i18n/useT'
import css from './Choices.module.css'
import { applyTheme, shownTheme, THEMES, type Theme } from './theme'

export function ThemeSwitch(): ReactNode {
  const t = useT()
  const [theme, setTheme] = useState<Theme>(shownTheme)
  const names: Readonly<Record<Theme, string>> = {
    system: t('app.theme.system'),
    light: t('app.theme.light'),
    dark: t('app.theme.dark'),
  }
  return (
    <fieldset className={css.choices}>
      <legend>{t('app.theme')}</legend>
      {THEMES.map((each) => (
        <label key={each}>
          <input
            type="radio"
            name="theme"
            value={each}
            checked={each === theme}
            onChange={() => {
              applyTheme(each)
              setTheme(each)
            }}
          />
          <span>{names[each]}</span>
        </label>
      ))}
    </fieldset>
  )
}
