import type { ReactNode } from 'react'
import type { PageProps } from '../../app/feature'
import { Link } from '../../app/router'
import { useViewer } from '../../app/viewer'
import { isOpen, saleStateOf } from '../../domain/saleState'
import { T } from '../../i18n/T'
import { useT } from '../../i18n/useT'
import { EmptyState } from '../../ui/EmptyState'
import { Columns } from '../../ui/layout/Columns'
import { Stack } from '../../ui/layout/Stack'
import { Loaded } from '../../ui/Loaded'
import { PageHeader } from '../../ui/PageHeader'
import { Skeleton } from '../../ui/Skeleton'
import { trancheName } from '../../ui/trancheName'
import { BookingPanel } from './parts/BookingPanel'
import { BuyPanel } from './parts/BuyPanel'
import { Purchases } from './parts/Purchases'
import { Risks } from './parts/Risks'
import { SaleFigures } from './parts/SaleFigures'
import { SellerPanel } from './parts/SellerPanel'
import { StateBadge } from './parts/StateBadge'
import { WhatYouBuy } from './parts/WhatYouBuy'
import { YieldPanel } from './parts/YieldPanel'
import { useSale, type OneSale } from './useSales'
import { fleetName } from './words'

/** One sale: what is sold, on which terms and at which risks, and what the viewer can do in it. */
export function Page({ params }: PageProps): ReactNode {
  const t = useT()
  const typed = params['saleId'] ?? ''
  const saleId = /^[1-9][0-9]{0,76}$/.test(typed) ? BigInt(typed) : 0n
  const { address } = useViewer()
  const query = useSale(saleId, address)
  return (
    <Loaded query={query} label={t('invest.sale.loading')} failed={t('invest.sale.failed')} lines={8}>
      {(found) => {
        // What another sale's page has read is kept by the query for another viewer's sake, and is not this sale's.
        if (query.isPlaceholderData && found?.sale.saleId !== saleId) return <Skeleton label={t('invest.sale.loading')} lines={8} />
        if (found === null) return <Unknown />
        return <Found key={`${saleId}`} found={found.viewer === address ? found : { ...found, stake: null }} />
      }}
    </Loaded>
  )
}

function Unknown(): ReactNode {
  const t = useT()
  return (
    <>
      <PageHeader title={t('invest.sale.unknown')} />
      <EmptyState title={t('invest.sale.unknownText')}>
        <T id="invest.sale.toList" components={[<Link to="/invest" />]} />
      </EmptyState>
    </>
  )
}

function Found({ found }: { readonly found: OneSale }): ReactNode {
  const t = useT()
  const { sale, fleet, block } = found
  const state = saleStateOf(sale, block.timestamp)
  return (
    <>
      <PageHeader
        above={<Link to="/invest">{t('invest.title')}</Link>}
        title={fleetName(t, sale.fleetId, fleet?.spec)}
        badges={<StateBadge state={state} />}
        lead={t('invest.sale.lead', { sale: `${sale.saleId}`, tranche: trancheName(t, sale.tranche, sale.tranches) })}
      />
      <SaleFigures sale={sale} block={block} />
      <Columns layout="main">
        <Stack gap="loose">
          <WhatYouBuy sale={sale} fleet={fleet} />
          <YieldPanel sale={sale} fleet={fleet} block={block} />
          <Risks sale={sale} />
        </Stack>
        <Stack gap="loose">
          {isOpen(sale, block.timestamp) && <BuyPanel found={found} />}
          <BookingPanel found={found} />
          <SellerPanel found={found} />
        </Stack>
      </Columns>
      <Purchases sale={sale} />
    </>
  )
}
