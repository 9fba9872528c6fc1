import type { ReactNode } from 'react'
import type { Sale } from '../../../chain/read/sales'
import { ppmDown } from '../../../format/ratio'
import { useT } from '../../../i18n/useT'
import { useFigures } from '../../../ui/useFigures'
import css from './SaleProgress.module.css'

interface SaleProgressProps {
  readonly sale: Pick<Sale, 'sold' | 'minimum' | 'cap' | 'decimals' | 'successful'>
  /** With the figures in words below. */
  readonly full?: boolean
}

/** How much of a sale is sold, with its minimum marked. */
export function SaleProgress({ sale, full = false }: SaleProgressProps): ReactNode {
  const t = useT()
  const format = useFigures()
  const { sold, minimum, cap, decimals, successful } = sale
  const part = (units: bigint): bigint => ppmDown(units, cap) ?? 0n
  const shares = (units: bigint): string => format.shares(units, decimals)
  const said = t('invest.progress', { sold: shares(sold), part: format.ppm(part(sold), 2), minimum: shares(minimum), cap: shares(cap) })
  // Drawn only: to a ten-thousandth.
  const width = (units: bigint): string => `${Number(part(units)) / 10_000}%`
  return (
    <div className={css.progress}>
      <div className={css.bar} role="img" aria-label={said}>
        <span className={successful ? css.sold : css.waiting} style={{ width: width(sold) }} />
        <span className={css.minimum} style={{ left: width(minimum) }} />
      </div>
      {full ? (
        <p className={css.words}>{said}</p>
      ) : (
        <p className={css.words} aria-hidden="true">
          {t('invest.progress.short', { part: format.ppm(part(sold), 1), minimum: format.ppm(part(minimum), 1) })}
        </p>
      )}
    </div>
  )
}
