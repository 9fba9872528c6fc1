import type { ReactNode } from 'react'
import { Link } from '../../../app/router'
import type { FleetSummary } from '../../../chain/read/fleets'
import type { Sale } from '../../../chain/read/sales'
import { saleStateOf } from '../../../domain/saleState'
import { useT } from '../../../i18n/useT'
import { AmountText } from '../../../ui/AmountText'
import { CardTable } from '../../../ui/CardTable'
import type { Column } from '../../../ui/Table'
import { TimeText } from '../../../ui/TimeText'
import { trancheName } from '../../../ui/trancheName'
import { useFigures } from '../../../ui/useFigures'
import { fleetName } from '../words'
import css from './parts.module.css'
import { SaleProgress } from './SaleProgress'
import { StateBadge } from './StateBadge'

interface SalesTableProps {
  readonly caption: string
  readonly sales: readonly Sale[]
  readonly fleets: readonly FleetSummary[]
  /** The chain's time, Unix seconds. */
  readonly now: bigint
}

export function SalesTable({ caption, sales, fleets, now }: SalesTableProps): ReactNode {
  const t = useT()
  const format = useFigures()
  const specOf = (fleetId: bigint | null) => fleets.find((fleet) => fleet.fleetId === fleetId)?.spec
  const columns: Column<Sale>[] = [
    {
      key: 'sale',
      head: t('invest.column.sale'),
      cell: (sale) => (
        <>
          <Link to={`/invest/${sale.saleId}`}>{fleetName(t, sale.fleetId, specOf(sale.fleetId))}</Link>
          <span className={css.under}>
            {trancheName(t, sale.tranche, sale.tranches)}, {couponText(sale)}
          </span>
        </>
      ),
    },
    {
      key: 'price',
      head: t('invest.column.price'),
      numeric: true,
      cell: (sale) => (
        <>
          <AmountText strong text={format.money(sale.price, sale.token)} />
          <span className={css.under}>{t('invest.column.perShare')}</span>
        </>
      ),
    },
    { key: 'progress', head: t('invest.column.progress'), cell: (sale) => <SaleProgress sale={sale} /> },
    {
      key: 'left',
      head: t('invest.column.left'),
      numeric: true,
      cell: (sale) => <AmountText text={format.shares(sale.left, sale.decimals, sale.shareSymbol)} />,
    },
    {
      key: 'end',
      head: t('invest.column.end'),
      whole: true,
      cell: (sale) => (
        <>
          <TimeText at={sale.end} text={format.time(sale.end)} />
          <span className={css.under}>{sale.end > now ? t('invest.endsIn', { time: format.span(sale.end - now) }) : t('invest.hasEnded')}</span>
        </>
      ),
    },
    { key: 'state', head: t('invest.column.state'), cell: (sale) => <StateBadge state={saleStateOf(sale, now)} /> },
  ]
  return <CardTable caption={caption} captionHidden columns={columns} rows={sales} rowKey={({ saleId }) => `${saleId}`} />

  function couponText({ couponBps }: Sale): string {
    return couponBps !== null && couponBps > 0 ? t('invest.coupon', { rate: format.bps(couponBps) }) : t('invest.rest')
  }
}
