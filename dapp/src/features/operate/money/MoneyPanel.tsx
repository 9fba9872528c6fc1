import type { ReactNode } from 'react'
import { useViewer } from '../../../app/viewer'
import type { Block } from '../../../chain/chain'
import type { Fleet } from '../../../chain/read/fleets'
import type { Waterfall } from '../../../chain/read/revenue'
import { AmountText } from '../../../ui/AmountText'
import { Stack } from '../../../ui/layout/Stack'
import { Loaded } from '../../../ui/Loaded'
import { Panel } from '../../../ui/Panel'
import { Stat, StatRow } from '../../../ui/Stat'
import { useFigures } from '../../../ui/useFigures'
import { AsOf } from '../parts/AsOf'
import css from '../parts/parts.module.css'
import { useRevenueHistory } from '../queries'
import { ClaimForm } from './ClaimForm'
import { DistributePart } from './DistributePart'
import { earningsOf, type Earnings } from './earnings'
import { PeriodTable } from './PeriodTable'

interface MoneyPanelProps {
  readonly fleet: Fleet
  readonly block: Block
  /** Unix seconds of the chain. */
  readonly now: bigint
}

/** What the fleet earned: rent on its way, what was distributed, and the operator's part of it. */
export function MoneyPanel({ fleet, block, now }: MoneyPanelProps): ReactNode {
  const { t } = useFigures()
  const { waterfall } = fleet
  const { address } = useViewer()
  const history = useRevenueHistory(fleet.fleetId)
  return (
    <Panel title={t('operate.money.title')} intro={t('operate.money.intro')}>
      {waterfall === null ? (
        <p>{t('operate.money.notListed')}</p>
      ) : (
        <Stack gap="loose">
          <Loaded query={history} label={t('operate.money.loading')}>
            {(past) => {
              const earnings = earningsOf(past.events, waterfall.address)
              return (
                <Stack>
                  <Figures fleet={fleet} waterfall={waterfall} earnings={earnings} />
                  <PeriodTable earnings={earnings} token={fleet.token} />
                  <AsOf block={block} history={past} />
                </Stack>
              )
            }}
          </Loaded>
          <ClaimForm key={address} fleet={fleet} waterfall={waterfall} />
          <DistributePart fleet={fleet} waterfall={waterfall} now={now} />
        </Stack>
      )}
    </Panel>
  )
}

function Figures({ fleet, waterfall, earnings }: { readonly fleet: Fleet; readonly waterfall: Waterfall; readonly earnings: Earnings }): ReactNode {
  const { t, money, bps, energy } = useFigures()
  const { token, account } = fleet
  const { energy: part, fee } = earnings.claimable
  // The chain says the sum; the events say its parts, and may be some blocks behind.
  const told = part + fee === waterfall.fees.operator
  const amount = (units: bigint): ReactNode => <AmountText text={money(units, token)} />
  return (
    <>
      <StatRow>
        <Stat label={t('operate.money.till')} value={amount(account.money.till)} note={t('operate.money.tillWith', { energy: energy(account.money.tillWh) })} />
        <Stat label={t('operate.money.distributed')} value={amount(earnings.distributed)} note={t('operate.money.distributed.note', { count: earnings.periods.length })} />
        <Stat label={t('operate.money.fee')} value={told ? amount(fee) : '–'} note={t('operate.money.fee.note', { share: bps(waterfall.terms.operatorFeeBps) })} />
        <Stat
          label={t('operate.money.energy')}
          value={told ? amount(part) : '–'}
          note={t('operate.money.energy.note', { tariff: money(waterfall.terms.tariffPerKWh, token), cap: bps(waterfall.terms.energyCapBps) })}
        />
        <Stat label={t('operate.money.claimed')} value={amount(earnings.claimed)} note={t('operate.money.claimed.note', { count: earnings.claims.length })} />
      </StatRow>
      {!told && <p className={css.quiet}>{t('operate.money.behind')}</p>}
    </>
  )
}
