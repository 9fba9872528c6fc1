import type { ReactNode } from 'react'
import type { Fleet } from '../../../chain/read/fleets'
import type { Waterfall } from '../../../chain/read/revenue'
import { useWrite } from '../../../chain/write/useWrite'
import { Panel } from '../../../ui/Panel'
import { useFigures } from '../../../ui/useFigures'
import { Act } from '../parts/Act'
import { useMay } from '../parts/useMay'
import { distributeWrite } from '../writes'

interface DistributePartProps {
  readonly fleet: Fleet
  readonly waterfall: Waterfall
  /** Unix seconds of the chain. */
  readonly now: bigint
}

/** Sends the till down the waterfall, when it is due. */
export function DistributePart({ fleet, waterfall, now }: DistributePartProps): ReactNode {
  const shown = useFigures()
  const { t, time, span, money } = shown
  const start = useWrite()
  const off = useMay(null)
  const { nextDistributionAt: next, lastDistributedAt: last } = waterfall
  const early = now < next ? t('operate.distribute.early', { time: time(next), left: span(next - now) }) : null
  return (
    <Panel
      level={3}
      title={t('operate.distribute.title')}
      intro={t('operate.distribute.intro', { amount: money(fleet.account.money.till, fleet.token), period: span(waterfall.terms.period), last: time(last) })}
    >
      <Act label={t('operate.distribute.act')} off={early ?? off} onAct={() => start(distributeWrite(waterfall.address, fleet, shown))} />
    </Panel>
  )
}
