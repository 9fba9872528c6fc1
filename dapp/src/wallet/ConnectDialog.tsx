import { type ReactNode, useState } from 'react'
import { type AnnouncedWallet, useWallet, useWallets } from '../chain/wallet/useWallet'
import { nameWithin, visibleName } from '../format/name'
import { useT } from '../i18n/useT'
import { Button } from '../ui/Button'
import { Dialog } from '../ui/Dialog'
import { Notice } from '../ui/Notice'
import css from './wallet.module.css'
import { WalletIcon } from './WalletIcon'
import { WalletTrouble } from './WalletTrouble'

/** The wallets that announced themselves, to choose one. A wallet that does not answer is waited for without holding up the page. */
export function ConnectDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  const t = useT()
  const wallets = useWallets()
  const { status, ambiguous, problem, connect, giveUp } = useWallet()
  const [asked, setAsked] = useState<AnnouncedWallet | null>(null)
  const waiting = status === 'connecting' && asked !== null

  function close(): void {
    if (waiting) giveUp()
    onClose()
  }
  return (
    <Dialog open title={t('wallet.connect.title')} onClose={close} size="narrow">
      {wallets.length === 0 ? (
        <div className={css.help}>
          <p>{t('wallet.none.found')}</p>
          <ul>
            <li>{t('wallet.none.install')}</li>
            <li>{t('wallet.none.phone')}</li>
            <li>{t('wallet.none.reload')}</li>
          </ul>
        </div>
      ) : (
        <>
          {ambiguous && <Notice tone="warn">{t('wallet.ambiguous')}</Notice>}
          <ul className={css.wallets}>
            {wallets.map((wallet) => (
              <li key={wallet.uuid}>
                <button
                  type="button"
                  className={css.wallet}
                  aria-busy={(waiting && asked.uuid === wallet.uuid) || undefined}
                  onClick={() => {
                    setAsked(wallet)
                    void connect(wallet.uuid)
                  }}
                >
                  <WalletIcon icon={wallet.icon} />
                  <span className={css.walletText}>
                    <span className={css.walletName}>{visibleName(wallet.name) === '' ? t('wallet.unnamed') : <bdi>{visibleName(wallet.name)}</bdi>}</span>
                    <bdi className={css.walletNote}>{visibleName(wallet.rdns)}</bdi>
                    {wallet.shared && <span className={css.walletWarning}>{t('wallet.shared', { id: wallet.uuid.slice(0, 8) })}</span>}
                  </span>
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
      {waiting && (
        <Notice tone="info" actions={<Button small onClick={giveUp}>{t('wallet.stopWaiting')}</Button>}>
          {t('wallet.waiting', { name: nameWithin(asked.name) })}
        </Notice>
      )}
      {!waiting && problem !== null && <WalletTrouble problem={problem} />}
      <p className={css.fine}>{t('wallet.connect.means')}</p>
    </Dialog>
  )
}
