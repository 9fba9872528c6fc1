import type { ReactNode } from 'react'
import { Link } from '../../../app/router'
import { useConfig } from '../../../chain/context'
import type { Fleet } from '../../../chain/read/fleets'
import type { Sale } from '../../../chain/read/sales'
import { ppmDown } from '../../../format/ratio'
import { useT } from '../../../i18n/useT'
import { AddressText } from '../../../ui/AddressText'
import { DataList, type DataRow } from '../../../ui/DataList'
import { NameText } from '../../../ui/NameText'
import { Panel } from '../../../ui/Panel'
import { trancheName } from '../../../ui/trancheName'
import { useFigures } from '../../../ui/useFigures'
import { addressLink } from '../../../wallet/explorer'
import { fleetName } from '../words'

interface WhatYouBuyProps {
  readonly sale: Sale
  readonly fleet: Fleet | null
}

/** What a share is a claim on. */
export function WhatYouBuy({ sale, fleet }: WhatYouBuyProps): ReactNode {
  const t = useT()
  const format = useFigures()
  const { explorer } = useConfig().chain
  const { face, couponBps, decimals, token, fleetId } = sale
  const coupon = couponBps !== null && couponBps > 0
  const part = face === null ? undefined : ppmDown(sale.cap, face)
  const rows: DataRow[] = [
    {
      label: t('invest.what.fleet'),
      value: fleetId === null ? t('invest.fleet.unknown') : <Link to={`/fleets/${fleetId}`}>{fleetName(t, fleetId, fleet?.spec)}</Link>,
      note: t('invest.what.fleetNote'),
    },
    {
      label: t('invest.what.tranche'),
      value: trancheName(t, sale.tranche, sale.tranches),
      note: coupon ? t('invest.what.couponNote', { rate: format.bps(couponBps) }) : t('invest.what.equityNote'),
    },
    {
      label: t('invest.what.face'),
      value: face === null ? t('ui.tranche.unknown') : format.shares(face, decimals, sale.shareSymbol),
      note: part === undefined ? null : t('invest.what.faceNote', { part: format.ppm(part, 3) }),
    },
    {
      label: t('invest.what.currency'),
      value: <AddressText address={sale.currency} name={token?.symbol ?? ''} href={addressLink(explorer, sale.currency)} />,
      note: t('invest.what.currencyNote'),
    },
    {
      label: t('invest.what.paid'),
      value: fleet?.waterfall ? t('invest.what.period', { time: format.span(fleet.waterfall.terms.period) }) : t('ui.tranche.unknown'),
      note: t('invest.what.paidNote'),
    },
    {
      label: t('invest.what.token'),
      value: (
        <>
          <NameText name={sale.shareName} /> <AddressText address={sale.share} href={addressLink(explorer, sale.share)} />
        </>
      ),
    },
    { label: t('invest.what.seller'), value: <AddressText address={sale.seller} href={addressLink(explorer, sale.seller)} />, note: t('invest.what.sellerNote') },
  ]
  return (
    <Panel title={t('invest.what.title')} intro={t('invest.what.intro')}>
      <DataList rows={rows} />
    </Panel>
  )
}
