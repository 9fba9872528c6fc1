import { type ReactNode, Suspense, lazy, useState, useTransition } from 'react'
import { useConfig } from '../chain/context'
import { useWallet } from '../chain/wallet/useWallet'
import { shortAddress } from '../format/address'
import { useT } from '../i18n/useT'
import { Button } from '../ui/Button'
import { ErrorBoundary } from '../ui/ErrorBoundary'
import { Notice } from '../ui/Notice'
import css from './wallet.module.css'

const ConnectDialog = lazy(() => import('./ConnectDialog').then(({ ConnectDialog: dialog }) => ({ default: dialog })))
const AccountDialog = lazy(() => import('./AccountDialog').then(({ AccountDialog: dialog }) => ({ default: dialog })))

/** The wallet's place in the page's head: connect, or the account and whether it stands on the right chain. */
export function WalletMenu(): ReactNode {
  const t = useT()
  const { chain } = useConfig()
  const { status, address, onChain } = useWallet()
  const [open, setOpen] = useState<'connect' | 'account' | null>(null)
  // A dialog's code comes with its first use: until it is there the button says that something is under way.
  const [coming, startComing] = useTransition()
  const show = (what: 'connect' | 'account'): void => startComing(() => setOpen(what))
  const close = (): void => setOpen(null)
  const connected = status === 'connected' && address !== null
  // The dialog that is open is the one that fits, also when the wallet connects or goes meanwhile.
  const shown = open === null ? null : connected ? (open === 'connect' ? null : 'account') : 'connect'

  return (
    <div className={css.menu}>
      {connected && !onChain && (
        <Button small tone="danger" busy={coming} onClick={() => show('account')}>
          {t('wallet.wrongChain.short', { chain: chain.name })}
        </Button>
      )}
      {connected ? (
        <Button
          small
          aria-haspopup="dialog"
          aria-label={t('wallet.account.open', { address: shortAddress(address) })}
          busy={coming}
          onClick={() => show('account')}
        >
          <span className={css.account}>{shortAddress(address)}</span>
        </Button>
      ) : (
        <Button small tone="accent" aria-haspopup="dialog" busy={coming} onClick={() => show('connect')}>
          {t('wallet.connect')}
        </Button>
      )}
      <ErrorBoundary resetKey={shown ?? ''} fallback={() => <Notice tone="error">{t('wallet.notLoaded')}</Notice>}>
        <Suspense fallback={null}>
          {shown === 'connect' && <ConnectDialog onClose={close} />}
          {shown === 'account' && <AccountDialog onClose={close} />}
        </Suspense>
      </ErrorBoundary>
    </div>
  )
}
