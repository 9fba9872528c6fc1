import type { ReactNode } from 'react'
import { useConfig } from '../../../chain/context'
import { useWrite, useWritesAllowed } from '../../../chain/write/useWrite'
import { saleStateOf } from '../../../domain/saleState'
import { useT } from '../../../i18n/useT'
import { Button } from '../../../ui/Button'
import { DataList } from '../../../ui/DataList'
import { Stack } from '../../../ui/layout/Stack'
import { Panel } from '../../../ui/Panel'
import { useFigures } from '../../../ui/useFigures'
import type { OneSale } from '../useSales'
import { collectWrite, refundWrite } from '../writes'

/** What the viewer has booked: to collect, to be refunded, or waiting. Nothing where nothing is booked. */
export function BookingPanel({ found: { sale, stake, block } }: { readonly found: OneSale }): ReactNode {
  const t = useT()
  const format = useFigures()
  const start = useWrite()
  const allowed = useWritesAllowed()
  const contract = useConfig().contracts.PrimarySale.address
  if (stake === null || stake.booking.shares === 0n) return null
  const { shares, paid } = stake.booking
  const failed = saleStateOf(sale, block.timestamp) === 'failed'
  const making = { contract, t, format }
  const said = sale.successful ? t('invest.booking.collectText') : failed ? t('invest.booking.refundText') : t('invest.booking.waitText')
  return (
    <Panel title={t('invest.booking.title')} intro={said}>
      <Stack>
        <DataList
          layout="ledger"
          rows={[
            { label: t('invest.booking.shares'), value: format.shares(shares, sale.decimals, sale.shareSymbol) },
            { label: t('invest.booking.paid'), value: format.money(paid, sale.token) },
          ]}
        />
        {sale.successful && (
          <Button tone="accent" wide disabled={!allowed.ok} onClick={() => start(collectWrite(sale, shares, making))}>
            {t('invest.booking.collect')}
          </Button>
        )}
        {failed && (
          <Button tone="accent" wide disabled={!allowed.ok} onClick={() => start(refundWrite(sale, paid, making))}>
            {t('invest.booking.refund')}
          </Button>
        )}
      </Stack>
    </Panel>
  )
}
