import type { ReactNode } from 'react'
import { useConfig } from '../chain/context'
import type { WalletProblem } from '../chain/wallet/useWallet'
import { nameWithin } from '../format/name'
import { useT } from '../i18n/useT'
import { DataList } from '../ui/DataList'
import { Notice } from '../ui/Notice'

/** What went wrong with the wallet and what to do; a refusal is the person's own and no fault. */
export function WalletTrouble({ problem }: { readonly problem: WalletProblem }): ReactNode {
  const t = useT()
  const { chain } = useConfig()
  switch (problem.code) {
    case 'wallet.rejected':
      return <Notice tone="info">{t('wallet.trouble.rejected')}</Notice>
    case 'wallet.busy':
      return <Notice tone="warn">{t('wallet.trouble.busy')}</Notice>
    case 'wallet.noAccount':
      return <Notice tone="warn">{t('wallet.trouble.noAccount')}</Notice>
    case 'wallet.addChainByHand':
      return (
        <Notice tone="warn" title={t('wallet.trouble.addChain')}>
          <p>{t('wallet.trouble.addChain.how')}</p>
          <DataList
            rows={[
              { label: t('wallet.chain.name'), value: chain.name },
              { label: t('wallet.chain.id'), value: String(chain.id) },
              { label: t('wallet.chain.rpc'), value: chain.rpcs[0] ?? '' },
            ]}
          />
        </Notice>
      )
    case 'wallet.failed':
      return (
        <Notice tone="error" title={t('wallet.trouble.failed')}>
          {problem.detail === '' ? null : t('wallet.trouble.said', { text: nameWithin(problem.detail, 200) })}
        </Notice>
      )
  }
}
