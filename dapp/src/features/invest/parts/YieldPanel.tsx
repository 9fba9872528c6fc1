import type { ReactNode } from 'react'
import type { Block } from '../../../chain/chain'
import type { Fleet } from '../../../chain/read/fleets'
import type { Sale } from '../../../chain/read/sales'
import { useT } from '../../../i18n/useT'
import { DataList, type DataRow } from '../../../ui/DataList'
import { Loaded } from '../../../ui/Loaded'
import { Panel } from '../../../ui/Panel'
import { useFigures } from '../../../ui/useFigures'
import { costUp } from '../price'
import { useMade } from '../useSales'
import { yieldSoFar, type YieldSoFar } from '../yieldSoFar'
import css from './parts.module.css'

interface YieldPanelProps {
  readonly sale: Sale
  readonly fleet: Fleet | null
  readonly block: Block
}

/** What the tranche has earned since its waterfall was made, and how that is worked out. */
export function YieldPanel({ sale, fleet, block }: YieldPanelProps): ReactNode {
  const t = useT()
  const format = useFigures()
  const made = useMade(sale.fleetId)
  const tranche = sale.tranche === null ? undefined : fleet?.waterfall?.tranches[sale.tranche]
  if (tranche === undefined) return null
  return (
    <Panel title={t('invest.yield.title')} intro={t('invest.yield.intro')}>
      <Loaded query={made} label={t('invest.yield.loading')} failed={t('invest.yield.failed')}>
        {(found) => {
          if (found === null) return <p>{t('invest.yield.noStart')}</p>
          const value = costUp(tranche.face, sale)
          const result = yieldSoFar(tranche.streamed, tranche.face, value, found.at, block.timestamp)
          const source = found.source === 'indexer' ? t('invest.source.indexer') : t('invest.source.logs')
          return (
            <>
              <DataList layout="ledger" rows={rowsOf(result)} />
              <p className={css.quiet}>
                {t('invest.yield.method', {
                  from: format.day(found.at),
                  block: format.count(block.number),
                  time: format.time(block.timestamp),
                  source,
                })}
              </p>
            </>
          )
        }}
      </Loaded>
    </Panel>
  )

  function rowsOf({ seconds, income, ofFace, ofPrice, ofPriceYearly }: YieldSoFar): DataRow[] {
    const percent = (ppm: bigint | undefined | null): string => (ppm === undefined || ppm === null ? t('invest.yield.none') : format.ppm(ppm, 4))
    return [
      { label: t('invest.yield.streamed'), value: format.money(income, sale.token), note: t('invest.yield.over', { time: format.span(seconds) }) },
      { label: t('invest.yield.ofFace'), value: percent(ofFace) },
      { label: t('invest.yield.ofPrice'), value: percent(ofPrice) },
      {
        label: t('invest.yield.yearly'),
        value: percent(ofPriceYearly),
        note: ofPriceYearly === null ? t('invest.yield.tooShort') : t('invest.yield.simple'),
      },
    ]
  }
}
