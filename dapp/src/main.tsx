import { I18nProvider } from '@lingui/react'
import { startTransition, StrictMode, type ReactNode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app/App'
import { Guarded } from './app/Guarded'
import { Misconfigured } from './app/Misconfigured'
import { beginPage } from './app/registry'
import { locationOf } from './app/router'
import { ChainProvider } from './chain/ChainProvider'
import { ownTask } from './chain/ownTask'
import { narrowCsp } from './config/csp'
import { loadConfig } from './config/load'
import { FIRST_SCOPES } from './i18n/firstScopes'
import { i18n } from './i18n/i18n'
import { firstLocale } from './i18n/locales'
import { activate, loadScopes } from './i18n/scopes'
import './ui/base.css'
import { WritesProvider } from './wallet/WritesProvider'

/** Shown where not even the texts can be fetched, so in both languages at once. */
const NO_TEXTS = 'The page’s texts could not be fetched. · Les textes de la page n’ont pas pu être chargés.'

async function start(show: (page: ReactNode) => void): Promise<void> {
  const [loaded] = await Promise.all([loadConfig(), texts()])
  if (!loaded.ok) return show(<Misconfigured problem={loaded.error} />)
  narrowCsp(loaded.value)
  show(
    <ChainProvider config={loaded.value}>
      <WritesProvider>
        <App />
      </WritesProvider>
    </ChainProvider>,
  )
}

async function texts(): Promise<void> {
  await ownTask()
  await activate(firstLocale())
  beginPage(locationOf(window.location.hash).path)
  await loadScopes(FIRST_SCOPES)
}

const place = document.getElementById('root')
if (place === null) throw new Error('index.html has no #root')
const root = createRoot(place)
start((page) =>
  // In slices, so that a slow phone can scroll meanwhile.
  startTransition(() =>
    root.render(
      <StrictMode>
        <I18nProvider i18n={i18n}>
          <Guarded>{page}</Guarded>
        </I18nProvider>
      </StrictMode>,
    ),
  ),
).catch((error: unknown) => {
  console.error(error)
  root.render(<p role="alert">{NO_TEXTS}</p>)
})
