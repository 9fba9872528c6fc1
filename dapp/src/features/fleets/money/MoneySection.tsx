import { useMemo, type ReactNode } from 'react'
import type { History } from '../../../chain/history/events'
import type { Fleet } from '../../../chain/read/fleets'
import type { Waterfall } from '../../../chain/read/revenue'
import { EmptyState } from '../../../ui/EmptyState'
import { Stack } from '../../../ui/layout/Stack'
import { Loaded } from '../../../ui/Loaded'
import { Panel } from '../../../ui/Panel'
import { useFigures } from '../../../ui/useFigures'
import { useRevenueHistory } from '../queries'
import { WaterfallSection } from '../waterfall/WaterfallSection'
import { revenuePast } from './distributions'
import { PeriodTable } from './PeriodTable'
import { ReturnsSection } from './ReturnsSection'
import { TrancheTable } from './TrancheTable'

/** What the fleet earned and who got it: returns, periods, the waterfall, the tranches. */
export function MoneySection({ fleet, block }: { readonly fleet: Fleet; readonly block: bigint }): ReactNode {
  const { t } = useFigures()
  const history = useRevenueHistory(fleet.fleetId)
  const { waterfall } = fleet
  if (waterfall === null) return <EmptyState title={t('fleets.money.none')}>{t('fleets.money.none.text')}</EmptyState>
  return (
    <Loaded query={history} label={t('fleets.money.loading')} lines={10}>
      {(told) => <Money fleet={fleet} waterfall={waterfall} history={told} block={block} />}
    </Loaded>
  )
}

interface MoneyProps {
  readonly fleet: Fleet
  readonly waterfall: Waterfall
  readonly history: History
  readonly block: bigint
}

function Money({ fleet, waterfall, history, block }: MoneyProps): ReactNode {
  const { t, count, money } = useFigures()
  const past = useMemo(() => revenuePast(history.events, waterfall.address), [history.events, waterfall.address])
  const { till } = fleet.account.money
  const waiting = t('fleets.money.waiting', { amount: money(till, waterfall.token) })
  return (
    <Stack gap="loose">
      {past.distributions.length === 0 ? (
        <EmptyState title={t('fleets.money.nothing')}>{waiting}</EmptyState>
      ) : (
        <>
          <ReturnsSection waterfall={waterfall} past={past} history={history} waiting={waiting} />
          <WaterfallSection waterfall={waterfall} distributions={past.distributions} />
          <Panel title={t('fleets.periods.title')} intro={t('fleets.periods.intro')}>
            <PeriodTable waterfall={waterfall} distributions={past.distributions} />
          </Panel>
        </>
      )}
      <Panel title={t('fleets.tranches.title')} intro={t('fleets.tranches.intro', { block: count(block) })}>
        <TrancheTable waterfall={waterfall} past={past} fleetId={fleet.fleetId} />
      </Panel>
    </Stack>
  )
}
