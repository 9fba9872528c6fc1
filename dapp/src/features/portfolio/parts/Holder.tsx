import type { ReactNode } from 'react'
import { useT } from '../../../i18n/useT'
import { Loaded } from '../../../ui/Loaded'
import { Stat, StatRow } from '../../../ui/Stat'
import { useFigures } from '../../../ui/useFigures'
import { earnedBy, type Earned } from '../earning'
import type { Address } from '../statement/movement'
import { totalsOf } from '../totals'
import { useBooks, usePortfolio, type Portfolio } from '../usePortfolio'
import { Bookings } from './Bookings'
import { Flows } from './Flows'
import { History } from './History'
import { Holdings } from './Holdings'
import { StatementPanel } from './StatementPanel'

/** Everything an address has and had. What it has comes at once; its history may take longer. */
export function Holder({ holder }: { readonly holder: Address }): ReactNode {
  const t = useT()
  const portfolio = usePortfolio(holder)
  const books = useBooks(holder)
  const positions = books.data?.account.books.positions ?? []
  return (
    <>
      <Loaded query={portfolio} lines={6} label={t('portfolio.loading')} failed={t('portfolio.failed')}>
        {(data) => {
          const earned = data.holdings.map((holding) => earnedBy(holding, positions, data.block.timestamp))
          return (
            <>
              <Totals portfolio={data} earned={earned} />
              <Holdings portfolio={data} earned={earned} holder={holder} />
              <Flows portfolio={data} earned={earned} />
              <Bookings portfolio={data} />
            </>
          )
        }}
      </Loaded>
      <Loaded query={books} label={t('portfolio.books.loading')} failed={t('portfolio.books.failed')}>
        {(audited) => (
          <>
            <StatementPanel audited={audited} fleets={portfolio.data?.fleets ?? []} />
            <History audited={audited} fleets={portfolio.data?.fleets ?? []} />
          </>
        )}
      </Loaded>
    </>
  )
}

function Totals({ portfolio, earned }: { readonly portfolio: Portfolio; readonly earned: readonly Earned[] }): ReactNode {
  const t = useT()
  const format = useFigures()
  const { block } = portfolio
  const asOf = t('portfolio.asOf', { block: format.count(block.number), time: format.time(block.timestamp) })
  const totals = totalsOf(earned.map(({ holding, projected }) => ({ token: holding.token, claimable: holding.claimable, projected })))
  const fleets = new Set(portfolio.holdings.map(({ fleetId }) => fleetId)).size
  return (
    <StatRow size="headline">
      {totals.map(({ token, claimable, coming }) => [
        <Stat key={`${token?.address}-now`} label={t('portfolio.total.claimable')} value={format.amount(claimable, token)} unit={format.symbol(token)} note={asOf} />,
        <Stat
          key={`${token?.address}-coming`}
          label={t('portfolio.total.coming')}
          value={coming === null ? t('portfolio.total.none') : format.amount(coming.amount, token)}
          unit={coming === null ? undefined : format.symbol(token)}
          note={coming === null ? t('portfolio.total.noneNote') : t('portfolio.total.comingNote', { time: format.time(coming.until) })}
        />,
      ])}
      <Stat label={t('portfolio.total.holdings')} value={`${portfolio.holdings.length}`} note={t('portfolio.total.fleets', { count: fleets })} />
      <Stat label={t('portfolio.total.bookings')} value={`${portfolio.bookings.length}`} note={t('portfolio.total.bookingsNote')} />
    </StatRow>
  )
}
