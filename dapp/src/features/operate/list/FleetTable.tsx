import type { ReactNode } from 'react'
import { Link } from '../../../app/router'
import type { SiteCoverage } from '../../../domain/coverage/sites'
import { AmountText } from '../../../ui/AmountText'
import { Badge } from '../../../ui/Badge'
import { FleetBadge } from '../../../ui/FleetBadge'
import { NameText } from '../../../ui/NameText'
import { Table, type Column } from '../../../ui/Table'
import { NONE, useFigures } from '../../../ui/useFigures'
import css from '../parts/parts.module.css'
import type { OwnFleet } from '../queries'
import type { Todo } from './todo'
import { shortOf, TONES } from './todoWords'

/** A fleet of the viewer's with what else is known of it. */
export interface FleetRow extends OwnFleet {
  /** undefined until the nodes were asked. */
  readonly coverage: SiteCoverage | undefined
  readonly todos: readonly Todo[]
}

/** The viewer's fleets, one a line. */
export function FleetTable({ rows }: { readonly rows: readonly FleetRow[] }): ReactNode {
  const shown = useFigures()
  const { t, money, count, ppm } = shown
  const columns: Column<FleetRow>[] = [
    {
      key: 'fleet',
      head: t('operate.column.fleet'),
      cell: ({ fleet: { fleetId, spec } }) => (
        <span className={css.roomy}>
          <Link to={`/operate/${fleetId}`}>
            <NameText name={spec.model} />
          </Link>
          <span className={css.under}>
            {t('operate.fleet.number', { id: `${fleetId}` })} · <NameText name={spec.site} />
          </span>
        </span>
      ),
    },
    { key: 'status', head: t('operate.column.status'), cell: ({ fleet }) => <FleetBadge status={fleet.status} /> },
    {
      key: 'let',
      head: t('operate.column.let'),
      numeric: true,
      cell: ({ fleet: { account, spec } }) => t('operate.ofUnits', { part: count(account.unitsCommitted), units: count(spec.units) }),
    },
    {
      key: 'coverage',
      head: t('operate.column.coverage'),
      numeric: true,
      cell: ({ coverage }) =>
        coverage === undefined ? (
          NONE
        ) : (
          <>
            {ppm(coverage.sampled?.least)}
            <span className={css.under}>{t('operate.reached', { reached: `${coverage.reachedBy}`, told: `${coverage.askedBy}` })}</span>
          </>
        ),
    },
    { key: 'till', head: t('operate.column.till'), numeric: true, cell: ({ fleet }) => <AmountText text={money(fleet.account.money.till, fleet.token)} /> },
    {
      key: 'claimable',
      head: t('operate.column.claimable'),
      numeric: true,
      cell: ({ fleet }) => (fleet.waterfall === null ? NONE : <AmountText text={money(fleet.waterfall.fees.operator, fleet.token)} />),
    },
    { key: 'bond', head: t('operate.column.bond'), numeric: true, cell: ({ fleet }) => <AmountText text={money(fleet.account.bond, fleet.token)} /> },
    {
      key: 'todo',
      head: t('operate.column.todo'),
      cell: ({ todos }) =>
        todos.length === 0 ? (
          <Badge tone="ok">{t('operate.todo.nothing')}</Badge>
        ) : (
          <span className={css.brief}>
            {todos.map((todo) => (
              <Badge key={todo.code} tone={TONES[todo.code]}>
                {shortOf(todo, shown)}
              </Badge>
            ))}
          </span>
        ),
    },
  ]
  return <Table caption={t('operate.list.caption')} captionHidden columns={columns} rows={rows} rowKey={({ fleet }) => fleet.fleetId.toString()} />
}
