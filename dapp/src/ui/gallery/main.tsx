import { I18nProvider } from '@lingui/react'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { i18n } from '../../i18n/i18n'
import { activate, loadScopes } from '../../i18n/scopes'
import '../base.css'
import { Gallery } from './Gallery'

/** For developers: every component with sample data, `gallery.html?lang=fr&theme=dark`. It is no part of the page that is built. */
async function start(): Promise<void> {
  const query = new URLSearchParams(window.location.search)
  const theme = query.get('theme')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset['theme'] = theme
  await activate(query.get('lang') === 'fr' ? 'fr' : 'en')
  await loadScopes(['ui'])
  const place = document.getElementById('root')
  if (place === null) throw new Error('gallery.html has no #root')
  createRoot(place).render(
    <StrictMode>
      <I18nProvider i18n={i18n}>
        <Gallery />
      </I18nProvider>
    </StrictMode>,
  )
}

void start()
