import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Link } from '../../../app/router'
import { useConfig } from '../../../chain/context'
import type { Fleet } from '../../../chain/read/fleets'
import type { NodeCoverage } from '../../../domain/coverage/byNode'
import { totalsOf } from '../../../domain/meter/figures'
import { deliveredShares } from '../../../domain/meter/shares'
import { slotsOf } from '../../../domain/meter/slots'
import { ppmDown } from '../../../format/ratio'
import type { BucketModel } from '../../../node/answers'
import { readSeries } from '../../../node/read'
import { Badge } from '../../../ui/Badge'
import { Sparkline } from '../../../ui/charts/Sparkline'
import { Stack } from '../../../ui/layout/Stack'
import { Panel } from '../../../ui/Panel'
import { Skeleton } from '../../../ui/Skeleton'
import { Stat, StatRow } from '../../../ui/Stat'
import { Table } from '../../../ui/Table'
import { TimeText } from '../../../ui/TimeText'
import { NONE, useFigures } from '../../../ui/useFigures'
import css from '../parts/parts.module.css'

const POINTS = 48
const AGAIN_MS = 15_000

/** What the nodes get of this fleet's telemetry, and its meter in brief. `rows`: undefined until the nodes were asked. */
export function Measured({ fleet, rows }: { readonly fleet: Fleet; readonly rows: readonly NodeCoverage[] | undefined }): ReactNode {
  const { t } = useFigures()
  const intro = (
    <>
      {t('operate.measured.intro')} <Link to={`/fleets/${fleet.fleetId}`}>{t('operate.measured.more')}</Link>
    </>
  )
  return (
    <Panel title={t('operate.measured.title')} intro={intro}>
      <Stack>
        <Series fleet={fleet} />
        {rows === undefined ? <Skeleton label={t('operate.measured.loading')} lines={4} /> : <CoverageTable rows={rows} fleetId={fleet.fleetId} />}
      </Stack>
    </Panel>
  )
}

function Series({ fleet }: { readonly fleet: Fleet }): ReactNode {
  const { t } = useFigures()
  const config = useConfig()
  const { data } = useQuery({
    queryKey: ['operate', 'series', config.nodes, fleet.fleetId.toString()],
    queryFn: ({ signal }) => readSeries(config, fleet.fleetId, { points: POINTS }, { signal }),
    refetchInterval: AGAIN_MS,
  })
  if (data === undefined) return <Skeleton label={t('operate.measured.loading')} lines={2} />
  if (!data.ok) return <p className={css.quiet}>{data.error.fault.code === 'node.notFound' ? t('operate.measured.none') : t(`errors.${data.error.fault.code}`, data.error.fault.args)}</p>
  const { value, node } = data.value
  if (value.buckets.length === 0) return <p className={css.quiet}>{t('operate.measured.none')}</p>
  return <Brief buckets={value.buckets} units={fleet.spec.units} node={node} />
}

function Brief({ buckets, units, node }: { readonly buckets: readonly BucketModel[]; readonly units: bigint; readonly node: string }): ReactNode {
  const { t, hours, ppm, energy, time, count } = useFigures()
  // What was let is not asked for here.
  const slots = slotsOf(buckets, units, [])
  const { delivered, busy, missing, capacity, energyWh } = totalsOf(slots)
  const share = ppm(ppmDown(delivered, capacity))
  return (
    <>
      <StatRow>
        <Stat label={t('operate.measured.delivered')} value={hours(delivered)} unit="GPU-h" note={t('operate.measured.ofCapacity', { share })} />
        <Stat label={t('operate.measured.busy')} value={ppm(ppmDown(busy, delivered))} note={t('operate.measured.busy.note')} />
        <Stat label={t('operate.measured.missing')} value={hours(missing)} unit="GPU-h" note={t('operate.measured.missing.note')} />
        <Stat label={t('operate.measured.energy')} value={energy(energyWh)} note={t('operate.measured.energy.note')} />
        <Stat label={t('operate.measured.spark')} value={<Sparkline label={t('operate.measured.spark.label', { share })} values={deliveredShares(slots)} range={[0, 1]} />} />
      </StatRow>
      <p className={css.quiet}>
        {t('operate.measured.source', { from: time(slots[0]?.from ?? 0n), until: time(slots.at(-1)?.until ?? 0n), epoch: count(buckets.at(-1)?.last_epoch ?? 0), node })}
      </p>
    </>
  )
}

function CoverageTable({ rows, fleetId }: { readonly rows: readonly NodeCoverage[]; readonly fleetId: bigint }): ReactNode {
  const { t, ppm, time } = useFigures()
  const own = rows.filter((row) => 'fault' in row || row.fleet === fleetId.toString())
  return (
    <Table
      dense
      caption={t('operate.coverage.caption')}
      rows={own}
      rowKey={({ node }) => node}
      empty={t('operate.coverage.none')}
      columns={[
        { key: 'node', head: t('operate.coverage.node'), cell: ({ node }) => node },
        {
          key: 'state',
          head: t('operate.coverage.state'),
          cell: (row) =>
            'fault' in row ? (
              <Badge tone="bad">{t(`errors.${row.fault.code}`, row.fault.args)}</Badge>
            ) : (
              <Badge tone={row.reachable ? 'ok' : 'warn'}>{t(row.reachable ? 'operate.coverage.reached' : 'operate.coverage.unreached')}</Badge>
            ),
        },
        { key: 'share', head: t('operate.coverage.share'), numeric: true, cell: (row) => ('fault' in row ? NONE : ppm(row.sampledPpm)) },
        {
          key: 'last',
          head: t('operate.coverage.last'),
          whole: true,
          cell: (row) => ('fault' in row || row.lastSampled === null ? NONE : <TimeText at={row.lastSampled} text={time(row.lastSampled)} />),
        },
      ]}
    />
  )
}
