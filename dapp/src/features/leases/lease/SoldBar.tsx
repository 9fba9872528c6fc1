import type { ReactNode } from 'react'
import { ppmDown } from '../../../format/ratio'
import { useT } from '../../../i18n/useT'
import { MeterBar, type MeterPart } from '../../../ui/charts/MeterBar'
import { Stack } from '../../../ui/layout/Stack'
import { useFigures } from '../../../ui/useFigures'
import css from '../parts/parts.module.css'
import type { Told } from './MeterTable'

/** The time sold and what became of it, on one line. */
export function SoldBar({ told }: { readonly told: Told }): ReactNode {
  const t = useT()
  const { ppm } = useFigures()
  const { sold, delivered, utilised, outage, missing } = told.split
  const part = (key: string, colour: MeterPart['colour'], value: bigint): MeterPart => {
    const share = ppmDown(value, sold)
    return { key, colour, label: t(`leases.bar.${key}`), text: ppm(share, 2), share: Number(share ?? 0n) / 1e6 }
  }
  return (
    <Stack gap="tight">
      <p>
        <strong className={css.strong}>{told.head}</strong> <span className={css.quiet}>{t('leases.until', { time: told.upTo })}</span>
      </p>
      <MeterBar
        label={t('leases.bar.label')}
        parts={[part('busy', 'busy', utilised), part('idle', 'idle', delivered - utilised), part('outage', 'outage', outage), part('missing', 'missing', missing)]}
      />
    </Stack>
  )
}
