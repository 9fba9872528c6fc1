import type { ReactNode } from 'react'
import { Link } from '../../../app/router'
import { saleStateOf } from '../../../domain/saleState'
import { useT } from '../../../i18n/useT'
import { AmountText } from '../../../ui/AmountText'
import { Badge } from '../../../ui/Badge'
import { CardTable } from '../../../ui/CardTable'
import { Panel } from '../../../ui/Panel'
import type { Column } from '../../../ui/Table'
import { useFigures } from '../../../ui/useFigures'
import type { Portfolio } from '../usePortfolio'
import { fleetName } from '../words'

type Row = Portfolio['bookings'][number]

/** What the viewer bought in sales that had not succeeded then. */
export function Bookings({ portfolio }: { readonly portfolio: Portfolio }): ReactNode {
  const t = useT()
  const format = useFigures()
  if (portfolio.bookings.length === 0) return null
  const columns: Column<Row>[] = [
    {
      key: 'sale',
      head: t('portfolio.bookings.sale'),
      cell: ({ sale }) => (
        <Link to={`/invest/${sale.saleId}`}>
          {t('portfolio.bookings.saleOf', { id: `${sale.saleId}`, fleet: fleetName(t, sale.fleetId ?? 0n, portfolio.fleets) })}
        </Link>
      ),
    },
    {
      key: 'shares',
      head: t('portfolio.bookings.shares'),
      numeric: true,
      cell: ({ sale, booking }) => <AmountText text={format.shares(booking.shares, sale.decimals, sale.shareSymbol)} />,
    },
    { key: 'paid', head: t('portfolio.bookings.paid'), numeric: true, cell: ({ sale, booking }) => <AmountText text={format.money(booking.paid, sale.token)} /> },
    { key: 'state', head: t('portfolio.bookings.state'), cell: (row) => <What row={row} now={portfolio.block.timestamp} /> },
  ]
  return (
    <Panel title={t('portfolio.bookings.title')} intro={t('portfolio.bookings.intro')}>
      <CardTable caption={t('portfolio.bookings.title')} captionHidden columns={columns} rows={portfolio.bookings} rowKey={({ sale }) => `${sale.saleId}`} />
    </Panel>
  )
}

/** A booking waits, can be collected or is to be refunded. */
function What({ row: { sale }, now }: { readonly row: Row; readonly now: bigint }): ReactNode {
  const t = useT()
  const format = useFigures()
  if (sale.successful) return <Badge tone="ok">{t('portfolio.bookings.collect')}</Badge>
  if (saleStateOf(sale, now) === 'failed') return <Badge tone="warn">{t('portfolio.bookings.refund')}</Badge>
  return <Badge>{t('portfolio.bookings.waits', { time: format.time(sale.end) })}</Badge>
}
