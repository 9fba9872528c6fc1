import { useEffect, useRef, type ReactNode, type RefObject } from 'react'
import { useLocale } from '../i18n/useLocale'
import { useT } from '../i18n/useT'
import { Page } from '../ui/layout/Page'
import { SkipLink } from '../ui/SkipLink'
import { Activity } from '../wallet/Activity'
import { WalletMenu } from '../wallet/WalletMenu'
import { ChainLine } from './ChainLine'
import { LocaleSwitch } from './LocaleSwitch'
import { Mark } from './Mark'
import { MENU } from './registry'
import { Link, useLocation } from './router'
import css from './Shell.module.css'
import { ThemeSwitch } from './ThemeSwitch'

interface ShellProps {
  readonly main: RefObject<HTMLElement | null>
  readonly children: ReactNode
}

/** What stands around every page: the menu, the wallet and its activity, and the line that says what the page knows the chain by. */
export function Shell({ main, children }: ShellProps): ReactNode {
  const t = useT()
  const language = useLocale() === 'fr' ? 'fr' : 'en'
  const { path } = useLocation()
  const menu = useRef<HTMLDetailsElement>(null)
  useEffect(() => {
    menu.current?.removeAttribute('open')
  }, [path])

  const links = MENU.map(({ id, to, label }) => (
    <li key={id}>
      <Link to={to} aria-current={isUnder(path, to) ? 'page' : undefined}>
        {label[language]}
      </Link>
    </li>
  ))
  return (
    <div className={css.shell}>
      <SkipLink to="main">{t('app.skip')}</SkipLink>
      <header className={css.header}>
        <Link to="/" className={css.mark} aria-label={t('app.home')}>
          <Mark />
          <span>Wellhead</span>
        </Link>
        <nav className={css.nav} aria-label={t('app.menu')}>
          <ul>{links}</ul>
        </nav>
        <div className={css.tools}>
          <Activity />
          <WalletMenu />
          <details className={css.more} ref={menu}>
            <summary>{t('app.more')}</summary>
            <div className={css.sheet}>
              <nav className={css.narrowNav} aria-label={t('app.menu')}>
                <ul>{links}</ul>
              </nav>
              <LocaleSwitch />
              <ThemeSwitch />
            </div>
          </details>
        </div>
      </header>
      <main className={css.main} id="main" ref={main} tabIndex={-1}>
        <Page>{children}</Page>
      </main>
      <footer className={css.footer}>
        <ChainLine />
      </footer>
    </div>
  )
}

/** The front page is the fleets'. */
function isUnder(path: string, to: string): boolean {
  return path === to || path.startsWith(`${to}/`) || (path === '/' && to === '/fleets')
}
