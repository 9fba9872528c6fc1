import type { ReactNode } from 'react'
import type { Block } from '../../../chain/chain'
import type { Sale } from '../../../chain/read/sales'
import { useT } from '../../../i18n/useT'
import { Stat, StatRow } from '../../../ui/Stat'
import { useFigures } from '../../../ui/useFigures'
import { costUp } from '../price'
import css from './parts.module.css'
import { SaleProgress } from './SaleProgress'

/** Price, how much is left and until when, as of a block. */
export function SaleFigures({ sale, block }: { readonly sale: Sale; readonly block: Block }): ReactNode {
  const t = useT()
  const format = useFigures()
  const now = block.timestamp
  const shares = (units: bigint): string => format.shares(units, sale.decimals)
  const toMinimum = sale.minimum > sale.sold ? sale.minimum - sale.sold : 0n
  return (
    <div>
      <StatRow size="headline">
        <Stat label={t('invest.figures.price')} value={format.money(sale.price, sale.token)} note={t('invest.figures.priceNote')} />
        <Stat
          label={t('invest.figures.left')}
          value={shares(sale.left)}
          note={t('invest.figures.leftNote', { value: format.money(costUp(sale.left, sale), sale.token) })}
        />
        <Stat
          label={t('invest.figures.toMinimum')}
          value={sale.successful ? t('invest.figures.reached') : shares(toMinimum)}
          note={sale.successful ? t('invest.figures.reachedNote') : t('invest.figures.toMinimumNote')}
        />
        <Stat
          label={t('invest.figures.end')}
          value={sale.end > now ? format.span(sale.end - now) : t('invest.hasEnded')}
          note={t('invest.figures.endNote', { time: format.time(sale.end) })}
        />
      </StatRow>
      <div className={css.below}>
        <SaleProgress sale={sale} full />
        <p className={css.quiet}>{t('invest.asOf', { block: format.count(block.number), time: format.time(now) })}</p>
      </div>
    </div>
  )
}
