import { useMemo, type ReactNode } from 'react'
import { Link } from '../../../app/router'
import { useConfig } from '../../../chain/context'
import type { FleetSummary } from '../../../chain/read/fleets'
import { formatBps, ppmDown } from '../../../format/ratio'
import { AddressText } from '../../../ui/AddressText'
import { Badge } from '../../../ui/Badge'
import { MeterBar } from '../../../ui/charts/MeterBar'
import { FleetBadge } from '../../../ui/FleetBadge'
import { Cluster } from '../../../ui/layout/Cluster'
import { NameText } from '../../../ui/NameText'
import { Table, type Column } from '../../../ui/Table'
import { useFigures, type Figures } from '../../../ui/useFigures'
import { addressLink } from '../../../wallet/explorer'
import { LastDay, type DayClock } from './LastDay'
import css from './list.module.css'
import type { Sort, SortKey } from './rows'

const KEYS: readonly SortKey[] = ['fleet', 'rate', 'free', 'availability']

interface FleetTableProps {
  readonly fleets: readonly FleetSummary[]
  readonly sort: Sort
  readonly onSort: (key: SortKey) => void
  /** Fleets of which shares are on sale. */
  readonly selling: ReadonlySet<bigint | null>
  /** null until the oracle's clock is known. */
  readonly clock: DayClock | null
  /** Unix seconds of the chain. */
  readonly now: bigint | null
}

export function FleetTable({ fleets, sort, onSort, selling, clock, now }: FleetTableProps): ReactNode {
  const shown = useFigures()
  const { explorer } = useConfig().chain
  const { t, locale } = shown
  const sortOf = (key: SortKey) => (sort.key !== key ? 'none' : sort.descending ? 'descending' : 'ascending')
  const columns: Column<FleetSummary>[] = [
    {
      key: 'fleet',
      head: t('fleets.column.fleet'),
      sort: sortOf('fleet'),
      cell: (fleet) => <Words fleet={fleet} shown={shown} selling={selling.has(fleet.fleetId)} />,
    },
    {
      key: 'operator',
      head: t('fleets.column.operator'),
      spare: true,
      cell: ({ operator }) => <AddressText address={operator} href={addressLink(explorer, operator)} />,
    },
    {
      key: 'rate',
      head: t('fleets.column.rate'),
      sort: sortOf('rate'),
      numeric: true,
      spare: true,
      cell: ({ spec, token }) => shown.money(spec.listRate, token),
    },
    { key: 'free', head: t('fleets.column.let'), sort: sortOf('free'), spare: true, cell: (fleet) => <Let fleet={fleet} shown={shown} /> },
    {
      key: 'availability',
      head: t('fleets.column.availability'),
      sort: sortOf('availability'),
      numeric: true,
      spare: true,
      cell: ({ spec }) => formatBps(BigInt(spec.availabilityBps), locale),
    },
    {
      key: 'day',
      head: t('fleets.column.day'),
      cell: (fleet) =>
        fleet.status === 'proposed' ? (
          <span className={css.quiet}>{t('fleets.day.proposed')}</span>
        ) : (
          <LastDay fleetId={fleet.fleetId} units={fleet.spec.units} clock={clock} now={now} />
        ),
    },
  ]
  const press = (key: string): void => {
    const known = KEYS.find((each) => each === key)
    if (known !== undefined) onSort(known)
  }
  return (
    <Table
      caption={t('fleets.list.caption')}
      captionHidden
      columns={columns}
      rows={fleets}
      rowKey={({ fleetId }) => fleetId.toString()}
      onSort={press}
      empty={t('fleets.list.noMatch')}
    />
  )
}

/** What a fleet calls itself; on a phone also what the columns left out say. */
function Words({ fleet, shown, selling }: { readonly fleet: FleetSummary; readonly shown: Figures; readonly selling: boolean }): ReactNode {
  const { t, count, money, locale } = shown
  const { fleetId, spec, status, unitsFree, token } = fleet
  return (
    <div className={css.words}>
      <Link to={`/fleets/${fleetId}`} className={css.name}>
        <NameText name={spec.model} />
      </Link>
      <span className={css.quiet}>
        {t('fleets.number', { id: fleetId.toString() })} · <NameText name={spec.site} />
      </span>
      <span className={css.onlyNarrow}>
        {t('fleets.narrow', {
          rate: money(spec.listRate, token),
          units: count(spec.units),
          free: count(unitsFree),
          target: formatBps(BigInt(spec.availabilityBps), locale),
        })}
      </span>
      <Cluster>
        {status !== 'listed' && <FleetBadge status={status} />}
        {selling && <Badge tone="info">{t('fleets.selling')}</Badge>}
      </Cluster>
    </div>
  )
}

function Let({ fleet, shown }: { readonly fleet: FleetSummary; readonly shown: Figures }): ReactNode {
  const { t, count, ppm } = shown
  const { units } = fleet.spec
  const taken = units - fleet.unitsFree
  const share = ppmDown(taken, units) ?? 0n
  const parts = useMemo(
    () => [
      { key: 'let', label: t('fleets.let'), share: Number(share) / 1e6, text: ppm(share), colour: 'busy' as const },
      { key: 'free', label: t('fleets.free'), share: 1 - Number(share) / 1e6, text: count(fleet.unitsFree), colour: 'unlet' as const },
    ],
    [t, ppm, count, share, fleet.unitsFree],
  )
  return (
    <div className={css.bar}>
      <MeterBar label={t('fleets.let.label', { id: fleet.fleetId.toString() })} parts={parts} legend={false} />
      <span className={css.under}>{t('fleets.let.of', { let: count(taken), units: count(units), free: count(fleet.unitsFree) })}</span>
    </div>
  )
}
