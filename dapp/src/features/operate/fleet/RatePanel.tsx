import { useState, type ReactNode } from 'react'
import { useConfig } from '../../../chain/context'
import type { Fleet } from '../../../chain/read/fleets'
import { useWrite } from '../../../chain/write/useWrite'
import { MAX_UINT96 } from '../../../domain/limits'
import { AmountInput } from '../../../ui/AmountInput'
import { DataList } from '../../../ui/DataList'
import { Columns } from '../../../ui/layout/Columns'
import { Panel } from '../../../ui/Panel'
import { useFigures } from '../../../ui/useFigures'
import { Act } from '../parts/Act'
import { Form } from '../parts/Form'
import { useMay } from '../parts/useMay'
import { specRows } from '../register/specRows'
import { rateWrite } from '../writes'

/** The terms a lease copies when it opens: fixed but for the list rate, which is changed here. */
export function RatePanel({ fleet }: { readonly fleet: Fleet }): ReactNode {
  const shown = useFigures()
  const { t } = shown
  const start = useWrite()
  const off = useMay(fleet.operator)
  const registry = useConfig().contracts.FleetRegistry.address
  const [rate, setRate] = useState<bigint | null>(null)
  const [turn, setTurn] = useState(0)
  const { spec, token } = fleet
  const problem = rate === 0n ? 'zero' : rate === spec.listRate ? 'same' : rate !== null && rate > MAX_UINT96 ? 'over96' : null
  const submit = (): void => {
    if (rate === null || problem !== null || off !== null) return
    const done = (): void => {
      setRate(null)
      setTurn((count) => count + 1)
    }
    start({ ...rateWrite(registry, fleet, rate, shown), onDone: done })
  }
  const { boardWatts, availabilityBps, penaltyBps, creditCapBps } = spec
  const terms = { ...spec, boardWatts: BigInt(boardWatts), availabilityBps: BigInt(availabilityBps), penaltyBps: BigInt(penaltyBps), creditCapBps: BigInt(creditCapBps) }
  return (
    <Panel title={t('operate.rate.title')} intro={t('operate.rate.intro')}>
      <Columns>
        <DataList layout="ledger" rows={specRows(terms, token, shown).slice(2)} />
        <Form label={t('operate.rate.new')} onSubmit={submit}>
          <AmountInput
            key={turn}
            label={t('operate.rate.new')}
            hint={token === null ? t('ui.amount.noToken') : t('operate.rate.hint')}
            disabled={token === null}
            decimals={token?.decimals ?? 0}
            symbol={token?.symbol ?? ''}
            onChange={setRate}
            error={problem === null ? null : t(`operate.rate.problem.${problem}`)}
            required
          />
          <Act label={t('operate.rate.act')} ready={rate !== null && problem === null} off={off} />
        </Form>
      </Columns>
    </Panel>
  )
}
