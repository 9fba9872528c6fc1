import { lazy, Suspense, useState, type ReactNode } from 'react'
import type { PageProps } from '../../app/feature'
import { Link } from '../../app/router'
import { useConfig } from '../../chain/context'
import { useHead } from '../../chain/useHead'
import { coverageRows } from '../../domain/coverage/byNode'
import { coverageOf } from '../../domain/coverage/sites'
import { EmptyState } from '../../ui/EmptyState'
import { Stack } from '../../ui/layout/Stack'
import { Loaded } from '../../ui/Loaded'
import { Panel } from '../../ui/Panel'
import { Skeleton } from '../../ui/Skeleton'
import { Tabs } from '../../ui/Tabs'
import { useFigures } from '../../ui/useFigures'
import { isServed } from './allocation/allocations'
import { FleetHeading } from './fleet/FleetHeading'
import { Measured } from './fleet/Measured'
import { RatePanel } from './fleet/RatePanel'
import { todosOf } from './list/todo'
import { Todos } from './list/Todos'
import { BondPanel } from './money/BondPanel'
import { MoneyPanel } from './money/MoneyPanel'
import { AsOf } from './parts/AsOf'
import { useCoverages, useOperated, type Operated } from './queries'

// Allocating and the papers read files and hash them: their code comes with their tabs.
const Allocations = lazy(() => import('./allocation/Allocations').then((each) => ({ default: each.Allocations })))
const Papers = lazy(() => import('./fleet/Papers').then((each) => ({ default: each.Papers })))

const TABS = ['money', 'leases', 'measured', 'terms', 'papers'] as const

/** One fleet, for who operates it; everyone may look. */
export function Page({ params }: PageProps): ReactNode {
  const asked = params['fleetId'] ?? ''
  const fleetId = /^[1-9][0-9]{0,14}$/.test(asked) ? BigInt(asked) : 0n
  const { t, name } = useFigures()
  const operated = useOperated(fleetId)
  return (
    <Loaded query={operated} label={t('operate.fleet.loading')} lines={10}>
      {(found) =>
        found.fleet === null ? (
          <EmptyState title={t('operate.fleet.none')} action={<Link to="/operate">{t('operate.fleet.all')}</Link>}>
            {t('operate.fleet.none.text', { id: name(asked) })}
          </EmptyState>
        ) : (
          <Found found={found} fleet={found.fleet} />
        )
      }
    </Loaded>
  )
}

function Found({ found: { block, leases }, fleet }: { readonly found: Operated; readonly fleet: NonNullable<Operated['fleet']> }): ReactNode {
  const { t } = useFigures()
  const { nodes } = useConfig()
  // A fleet that is not listed yet needs its papers first.
  const [tab, setTab] = useState<string>(fleet.status === 'proposed' ? 'papers' : 'money')
  const coverages = useCoverages()
  const now = useHead()?.now() ?? block.timestamp
  const told = coverages === undefined ? undefined : coverageRows(nodes, coverages)
  const coverage = coverageOf(nodes, coverages ?? [], [fleet.fleetId]).rows[0]
  const todos = todosOf(fleet, {
    unserved: leases.filter(({ allocation }) => !isServed(allocation)).length,
    unreached: coverage === undefined ? 0 : coverage.askedBy - coverage.reachedBy,
    now,
  })
  return (
    <>
      <FleetHeading fleet={fleet} />
      <Panel title={t('operate.todo.title')}>
        <Todos todos={todos} />
        <AsOf block={block} />
      </Panel>
      <Tabs label={t('operate.tabs')} tabs={TABS.map((id) => ({ id, label: t(`operate.tab.${id}`) }))} selected={tab} onSelect={setTab}>
        <Suspense fallback={<Skeleton label={t('operate.fleet.loading')} lines={6} />}>
          <Stack gap="loose">
            {tab === 'money' && <MoneyPanel fleet={fleet} block={block} now={now} />}
            {tab === 'leases' && <Allocations fleet={fleet} leases={leases} />}
            {tab === 'measured' && <Measured fleet={fleet} rows={told} />}
            {tab === 'terms' && (
              <>
                <BondPanel fleet={fleet} />
                <RatePanel fleet={fleet} />
              </>
            )}
            {tab === 'papers' && <Papers fleet={fleet} />}
          </Stack>
        </Suspense>
      </Tabs>
    </>
  )
}
