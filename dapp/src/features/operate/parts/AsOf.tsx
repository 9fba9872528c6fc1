import type { ReactNode } from 'react'
import type { Block } from '../../../chain/chain'
import type { History } from '../../../chain/history/events'
import { useFigures } from '../../../ui/useFigures'
import css from './parts.module.css'

/** At which block figures were read, and where their history comes from. */
export function AsOf({ block, history }: { readonly block: Block; readonly history?: Pick<History, 'until' | 'source'> }): ReactNode {
  const { t, count, time } = useFigures()
  return (
    <p className={css.quiet}>
      {t('operate.asOf', { block: count(block.number), time: time(block.timestamp) })}
      {history !== undefined && <> {t(`operate.source.${history.source}`, { block: count(history.until) })}</>}
    </p>
  )
}
