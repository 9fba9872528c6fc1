import { useQuery } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { Link } from '../../app/router'
import { useConfig } from '../../chain/context'
import { meterId } from '../../chain/proof/meterId'
import { formatEnergy } from '../../format/energy'
import { formatAmount } from '../../format/formatAmount'
import type { Locale } from '../../format/locale'
import { useLocale } from '../../i18n/useLocale'
import { useT } from '../../i18n/useT'
import type { MeterModel } from '../../node/answers'
import { readReadings } from '../../node/read'
import { Badge } from '../../ui/Badge'
import { CardTable } from '../../ui/CardTable'
import { ErrorState } from '../../ui/ErrorState'
import { Stack } from '../../ui/layout/Stack'
import { Pager } from '../../ui/Pager'
import { Skeleton } from '../../ui/Skeleton'
import { VerifyReading } from '../../verify/VerifyReading'

const PAGE = 20
const HOUR_S = 3600n
/** Of leases and fleets in a meter id. */
const MAX_NUMBER = 2n ** 88n - 1n

/** The readings under a report's root as a node gives them, a page at a time, each with its check. */
export function Readings({ epoch }: { readonly epoch: bigint }): ReactNode {
  const t = useT()
  const locale = useLocale()
  const config = useConfig()
  // The ids after which each page begins, the present one last.
  const [trail, setTrail] = useState<readonly (string | null)[]>([null])
  const after = trail.at(-1) ?? null
  const page = useQuery({
    queryKey: ['readings', config.nodes, `${epoch}`, after],
    queryFn: ({ signal }) => readReadings(config, epoch, after === null ? { limit: PAGE } : { after: BigInt(after), limit: PAGE }, { signal }),
    retry: false,
  })
  if (page.data === undefined) return <Skeleton label={t('reports.readings.loading')} lines={4} />
  if (!page.data.ok) {
    const { fault } = page.data.error
    return (
      <ErrorState title={t('reports.readings.failed')} onRetry={() => void page.refetch()} retrying={page.isFetching}>
        {t(`errors.${fault.code}`, fault.args)}
      </ErrorState>
    )
  }
  const { value, node } = page.data.value
  const next = value.next_after
  return (
    <Stack>
      <CardTable
        dense
        caption={t('reports.readings')}
        captionHidden
        rows={value.readings}
        rowKey={({ meter_id: id }) => id}
        columns={[
          { key: 'meter', head: t('reports.meter'), whole: true, cell: (meter) => <MeterName meter={meter} /> },
          ...hoursColumns(locale, [
            ['measured_unit_s', t('reports.measured')],
            ['delivered_unit_s', t('reports.delivered')],
            ['utilised_unit_s', t('reports.utilised')],
            ['breached_unit_s', t('reports.breached')],
          ]),
          { key: 'energy', head: t('reports.energy'), numeric: true, cell: ({ energy_wh: wh }) => formatEnergy(BigInt(wh), locale, { unit: 'kWh' }) },
          { key: 'trust', head: t('reports.trust'), numeric: true, cell: ({ trust_level: level }) => `${level}` },
          { key: 'verify', head: t('reports.check'), wide: true, cell: (meter) => <Check meter={meter} epoch={epoch} /> },
        ]}
      />
      {(trail.length > 1 || next !== null) && (
        <Pager
          label={t('reports.readings.pages')}
          position={t('reports.readings.page', { page: `${trail.length}` })}
          onPrevious={trail.length === 1 ? null : () => setTrail(trail.slice(0, -1))}
          onNext={next === null ? null : () => setTrail([...trail, next])}
        />
      )}
      <p>
        <small>{t('reports.readings.by', { node })}</small>
      </p>
    </Stack>
  )
}

function MeterName({ meter }: { readonly meter: MeterModel }): ReactNode {
  const t = useT()
  const text = t(`reports.meter.${meter.kind}`, { number: meter.number })
  if (meter.kind === 'other') return text
  return <Link to={meter.kind === 'lease' ? `/leases/${meter.number}` : `/fleets/${meter.number}`}>{text}</Link>
}

/** The meter's id is made here from its kind and number: a node that shows one meter under another's name is found out. */
function Check({ meter, epoch }: { readonly meter: MeterModel; readonly epoch: bigint }): ReactNode {
  const t = useT()
  const { contracts } = useConfig()
  if (meter.kind === 'other') return '–'
  const number = BigInt(meter.number)
  // No meter has such a number, whatever the node says.
  if (number === 0n || number > MAX_NUMBER) return <Badge tone="bad">{t('reports.meter.impossible')}</Badge>
  const contract = meter.kind === 'lease' ? contracts.CapacityLease.address : contracts.FleetRegistry.address
  return <VerifyReading meterId={meterId(meter.kind, contract, number)} epoch={epoch} of={t(`reports.meter.${meter.kind}`, { number: meter.number })} />
}

type Counter = 'measured_unit_s' | 'delivered_unit_s' | 'utilised_unit_s' | 'breached_unit_s'

function hoursColumns(locale: Locale, counters: readonly (readonly [Counter, string])[]) {
  return counters.map(([key, head]) => ({
    key,
    head,
    numeric: true,
    // Hundredths of a unit-hour, rounded down.
    cell: (meter: MeterModel) => formatAmount((BigInt(meter[key]) * 100n) / HOUR_S, 2, locale, { minDecimals: 1 }),
  }))
}
