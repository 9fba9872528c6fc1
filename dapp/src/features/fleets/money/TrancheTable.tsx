import type { ReactNode } from 'react'
import { Link } from '../../../app/router'
import { useConfig } from '../../../chain/context'
import type { Tranche, Waterfall } from '../../../chain/read/revenue'
import { useHead } from '../../../chain/useHead'
import { isOpen } from '../../../domain/saleState'
import { formatBps } from '../../../format/ratio'
import { T } from '../../../i18n/T'
import { AddressText } from '../../../ui/AddressText'
import { Stack } from '../../../ui/layout/Stack'
import { Skeleton } from '../../../ui/Skeleton'
import { Table, type Column } from '../../../ui/Table'
import { trancheName } from '../../../ui/trancheName'
import { Unread } from '../../../ui/Unread'
import { NONE, useFigures } from '../../../ui/useFigures'
import { addressLink } from '../../../wallet/explorer'
import { useSales } from '../queries'
import type { RevenuePast } from './distributions'

interface TrancheTableProps {
  readonly waterfall: Waterfall
  readonly past: RevenuePast
  readonly fleetId: bigint
}

/** Each tranche as the chain has it: what it is a claim on, what it got, and where its share is sold. */
export function TrancheTable({ waterfall, past, fleetId }: TrancheTableProps): ReactNode {
  const { t, money, locale, count } = useFigures()
  const { explorer } = useConfig().chain
  const now = useHead()?.now() ?? 0n
  const query = useSales()
  const sales = query.data?.sales.filter((sale) => sale.fleetId === fleetId && isOpen(sale, now))
  const { token, tranches } = waterfall
  const distributed = (index: number): bigint => past.distributions.reduce((sum, { incomes }) => sum + (incomes[index] ?? 0n), 0n)
  const columns: Column<Tranche>[] = [
    { key: 'tranche', head: t('fleets.tranche'), cell: ({ index }) => trancheName(t, index, tranches.length) },
    { key: 'face', head: t('fleets.tranche.face'), numeric: true, cell: ({ face }) => money(face, token) },
    {
      key: 'coupon',
      head: t('fleets.tranche.coupon'),
      numeric: true,
      cell: ({ couponBps }) => (couponBps === 0 ? NONE : formatBps(BigInt(couponBps), locale)),
    },
    { key: 'income', head: t('fleets.tranche.distributed'), numeric: true, cell: ({ index }) => money(distributed(index), token) },
    { key: 'streamed', head: t('fleets.tranche.streamed'), numeric: true, cell: ({ streamed }) => money(streamed, token) },
    { key: 'claimed', head: t('fleets.tranche.claimed'), numeric: true, cell: ({ share }) => money(past.claimed.get(share.toLowerCase()) ?? 0n, token) },
    { key: 'arrears', head: t('fleets.tranche.arrears'), numeric: true, cell: ({ stream }) => money(stream.arrears, token) },
    {
      key: 'share',
      head: t('fleets.tranche.share'),
      cell: ({ share, symbol }) => <AddressText address={share} name={symbol} href={addressLink(explorer, share)} />,
    },
    {
      key: 'sale',
      head: t('fleets.tranche.sale'),
      cell: ({ index }) => {
        if (sales === undefined) return query.fault === null ? <Skeleton label={t('fleets.tranche.sale.loading')} lines={1} /> : t('fleets.tranche.sale.unknown')
        const sale = sales.find((each) => each.tranche === index)
        return sale === undefined ? NONE : <Link to={`/invest/${sale.saleId}`}>{t('fleets.tranche.buy', { price: money(sale.price, sale.token) })}</Link>
      },
    },
  ]
  const asked = BigInt(query.data?.sales.length ?? 0)
  return (
    <Stack>
      <Unread query={query} title={t('fleets.tranche.sale.unread')} />
      <Table caption={t('fleets.tranches.caption')} captionHidden columns={columns} rows={tranches} rowKey={({ share }) => share} />
      {query.data !== undefined && query.data.total > asked && (
        <p>
          <T id="fleets.tranche.sale.older" values={{ count: count(asked), all: count(query.data.total) }} components={[<Link to="/invest" />]} />
        </p>
      )}
    </Stack>
  )
}
