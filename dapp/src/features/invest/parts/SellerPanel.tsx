import type { ReactNode } from 'react'
import { useViewer } from '../../../app/viewer'
import { useConfig } from '../../../chain/context'
import { useWrite, useWritesAllowed } from '../../../chain/write/useWrite'
import { reclaimable } from '../../../domain/saleState'
import { useT } from '../../../i18n/useT'
import { Button } from '../../../ui/Button'
import { DataList } from '../../../ui/DataList'
import { Cluster } from '../../../ui/layout/Cluster'
import { Stack } from '../../../ui/layout/Stack'
import { Panel } from '../../../ui/Panel'
import { useFigures } from '../../../ui/useFigures'
import type { OneSale } from '../useSales'
import { sellerWrite } from '../writes'

/** What the seller can take out: proceeds, unsold shares, and what the shares earned while they lay there. For the seller alone. */
export function SellerPanel({ found: { sale, block } }: { readonly found: OneSale }): ReactNode {
  const t = useT()
  const format = useFigures()
  const start = useWrite()
  const allowed = useWritesAllowed()
  const contract = useConfig().contracts.PrimarySale.address
  const { address } = useViewer()
  if (address === null || address.toLowerCase() !== sale.seller.toLowerCase()) return null
  const { unsold, now: reclaim } = reclaimable(sale, block.timestamp)
  const doable = { withdraw: sale.successful && sale.proceeds > 0n, reclaim, claimIncome: sale.income > 0n } as const
  const button = (what: keyof typeof doable, words: string): ReactNode => (
    <Button disabled={!allowed.ok || !doable[what]} onClick={() => start(sellerWrite(what, sale, { contract, t, format }))}>
      {words}
    </Button>
  )
  return (
    <Panel title={t('invest.seller.title')} intro={t('invest.seller.intro')}>
      <Stack>
        <DataList
          layout="ledger"
          rows={[
            {
              label: t('invest.seller.proceeds'),
              value: format.money(sale.proceeds, sale.token),
              note: sale.successful ? null : t('invest.seller.proceedsNote'),
            },
            { label: t('invest.seller.unsold'), value: format.shares(unsold, sale.decimals, sale.shareSymbol), note: unsold === 0n || reclaim ? null : t('invest.seller.unsoldNote') },
            { label: t('invest.seller.income'), value: format.money(sale.income, sale.token) },
          ]}
        />
        <Cluster>
          {button('withdraw', t('invest.seller.withdraw'))}
          {button('reclaim', t('invest.seller.reclaim'))}
          {button('claimIncome', t('invest.seller.claimIncome'))}
        </Cluster>
      </Stack>
    </Panel>
  )
}
