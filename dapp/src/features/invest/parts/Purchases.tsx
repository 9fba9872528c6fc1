import type { ReactNode } from 'react'
import { useConfig } from '../../../chain/context'
import type { EventOf } from '../../../chain/history/events'
import type { Sale } from '../../../chain/read/sales'
import { useWrite, useWritesAllowed } from '../../../chain/write/useWrite'
import { useT } from '../../../i18n/useT'
import { AddressText } from '../../../ui/AddressText'
import { AmountText } from '../../../ui/AmountText'
import { Button } from '../../../ui/Button'
import { CardTable } from '../../../ui/CardTable'
import { HashText } from '../../../ui/HashText'
import { Loaded } from '../../../ui/Loaded'
import { Panel } from '../../../ui/Panel'
import type { Column } from '../../../ui/Table'
import { TimeText } from '../../../ui/TimeText'
import { useFigures } from '../../../ui/useFigures'
import { addressLink, transactionLink } from '../../../wallet/explorer'
import { useSaleHistory, type SaleHistory } from '../useSales'
import { DELIVERED_AT_ONCE, deliverWrite } from '../writes'
import css from './parts.module.css'

type Bought = EventOf<'PrimarySale', 'Bought'>

/** Who bought what, and who has not collected yet: anyone may deliver to them. */
export function Purchases({ sale }: { readonly sale: Sale }): ReactNode {
  const t = useT()
  const history = useSaleHistory(sale.saleId)
  return (
    <Panel title={t('invest.purchases.title')}>
      <Loaded query={history} label={t('invest.purchases.loading')} failed={t('invest.purchases.failed')}>
        {(data) => <All sale={sale} data={data} />}
      </Loaded>
    </Panel>
  )
}

function All({ sale, data }: { readonly sale: Sale; readonly data: SaleHistory }): ReactNode {
  const t = useT()
  const format = useFigures()
  const start = useWrite()
  const allowed = useWritesAllowed()
  const { chain, contracts } = useConfig()
  const waiting = sale.successful ? data.waiting : []
  const columns: Column<Bought>[] = [
    {
      key: 'time',
      head: t('invest.purchases.time'),
      whole: true,
      cell: ({ time, block }) => (
        <>
          <TimeText at={time} text={format.time(time)} />
          <span className={css.under}>{t('invest.purchases.block', { block: format.count(block) })}</span>
        </>
      ),
    },
    { key: 'buyer', head: t('invest.seller.buyer'), cell: ({ args }) => <AddressText address={args.buyer} href={addressLink(chain.explorer, args.buyer)} /> },
    {
      key: 'shares',
      head: t('invest.booking.shares'),
      numeric: true,
      cell: ({ args }) => <AmountText text={format.shares(args.shares, sale.decimals, sale.shareSymbol)} />,
    },
    { key: 'cost', head: t('invest.booking.paid'), numeric: true, cell: ({ args }) => <AmountText text={format.money(args.cost, sale.token)} /> },
    {
      key: 'how',
      head: t('invest.purchases.how'),
      cell: ({ args }) => (args.delivered ? t('invest.purchases.delivered') : t('invest.purchases.booked')),
    },
    { key: 'tx', head: t('invest.purchases.transaction'), cell: ({ tx }) => <HashText hash={tx} href={transactionLink(chain.explorer, tx)} /> },
  ]
  const source = data.source === 'indexer' ? t('invest.source.indexer') : t('invest.source.logs')
  return (
    <>
      {waiting.length > 0 && (
        <p>
          {t('invest.purchases.waiting', { count: waiting.length })}{' '}
          <Button
            small
            disabled={!allowed.ok}
            onClick={() =>
              start(deliverWrite(sale, waiting.map(({ buyer }) => buyer), { contract: contracts.PrimarySale.address, t, format }))
            }
          >
            {t('invest.purchases.deliver', { count: Math.min(waiting.length, DELIVERED_AT_ONCE) })}
          </Button>
        </p>
      )}
      <CardTable
        caption={t('invest.purchases.title')}
        captionHidden
        columns={columns}
        rows={data.bought.toReversed()}
        rowKey={({ block, logIndex }) => `${block}:${logIndex}`}
        empty={t('invest.purchases.none')}
        height="screen"
        dense
      />
      <p className={css.quiet}>{t('invest.purchases.asOf', { block: format.count(data.until), source })}</p>
    </>
  )
}
