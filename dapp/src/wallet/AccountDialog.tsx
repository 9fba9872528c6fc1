import type { ReactNode } from 'react'
import { useConfig } from '../chain/context'
import { useWallet } from '../chain/wallet/useWallet'
import { useT } from '../i18n/useT'
import { AddressText } from '../ui/AddressText'
import { Button } from '../ui/Button'
import { DataList } from '../ui/DataList'
import { Dialog } from '../ui/Dialog'
import { NameText } from '../ui/NameText'
import { Notice } from '../ui/Notice'
import { addressLink } from './explorer'
import { useWatching } from './useWatching'
import { WalletTrouble } from './WalletTrouble'

/** The connected account: what it is, where it stands, and the way to another chain or out. */
export function AccountDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  const t = useT()
  const { chain } = useConfig()
  const watching = useWatching()
  const { address, chainId, name, kind, onChain, problem, disconnect, switchChain } = useWallet()
  if (address === null) return null
  return (
    <Dialog
      open
      title={t('wallet.account.title')}
      onClose={onClose}
      footer={
        <Button
          onClick={() => {
            void disconnect()
            onClose()
          }}
        >
          {t('wallet.disconnect')}
        </Button>
      }
    >
      {watching && <Notice tone="info">{t('wallet.off.watching')}</Notice>}
      {!onChain && (
        <Notice
          tone="warn"
          title={t('wallet.wrongChain', { chain: chain.name })}
          actions={<Button small tone="accent" onClick={() => void switchChain()}>{t('wallet.switch', { chain: chain.name })}</Button>}
        >
          {t('wallet.wrongChain.now', { id: chainId === null ? '?' : String(chainId) })}
        </Notice>
      )}
      {problem !== null && <WalletTrouble problem={problem} />}
      <DataList
        layout="stacked"
        rows={[
          { label: t('wallet.account.address'), value: <AddressText address={address} full href={addressLink(chain.explorer, address)} /> },
          { label: t('wallet.account.wallet'), value: <NameText name={name ?? ''} /> },
          { label: t('wallet.account.kind'), value: t(`wallet.kind.${kind}`), note: t(`wallet.kind.${kind}.note`) },
          ...(onChain ? [{ label: t('wallet.account.chain'), value: chain.name }] : []),
        ]}
      />
    </Dialog>
  )
}
