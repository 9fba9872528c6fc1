import type { ReactNode } from 'react'
import { LookAt } from '../../app/LookAt'
import { Link } from '../../app/router'
import { useViewer } from '../../app/viewer'
import { useConfig } from '../../chain/context'
import { useHead } from '../../chain/useHead'
import { coverageOf } from '../../domain/coverage/sites'
import { buttonClass } from '../../ui/buttonClass'
import { EmptyState } from '../../ui/EmptyState'
import { Stack } from '../../ui/layout/Stack'
import { Loaded } from '../../ui/Loaded'
import { PageHeader } from '../../ui/PageHeader'
import { useFigures } from '../../ui/useFigures'
import { FleetTable } from './list/FleetTable'
import { todosOf } from './list/todo'
import { Totals } from './list/Totals'
import { AsOf } from './parts/AsOf'
import { useCoverages, useOwnFleets, type OwnFleets } from './queries'

/** The viewer's fleets, and what they need. */
export function Page(): ReactNode {
  const { t } = useFigures()
  const { address } = useViewer()
  const own = useOwnFleets(address)
  const register = (
    <Link to="/operate/register" className={buttonClass({ tone: 'accent' })}>
      {t('operate.register')}
    </Link>
  )
  return (
    <>
      <PageHeader title={t('operate.list.title')} lead={t('operate.list.lead')} actions={register} />
      {address === null ? (
        <EmptyState title={t('operate.list.nobody')}>
          <Stack>
            <p>{t('operate.list.nobody.text')}</p>
            <LookAt path="/operate" />
          </Stack>
        </EmptyState>
      ) : (
        <Loaded query={own} label={t('operate.list.loading')} lines={6}>
          {(found) => <Fleets found={found} />}
        </Loaded>
      )}
    </>
  )
}

function Fleets({ found: { block, fleets } }: { readonly found: OwnFleets }): ReactNode {
  const { t } = useFigures()
  const { nodes } = useConfig()
  const coverages = useCoverages()
  const now = useHead()?.now() ?? block.timestamp
  if (fleets.length === 0) {
    return <EmptyState title={t('operate.list.none')}>{t('operate.list.none.text')}</EmptyState>
  }
  const rows = fleets.map((own) => {
    const coverage = coverageOf(nodes, coverages ?? [], [own.fleet.fleetId]).rows[0]
    const unreached = coverage === undefined ? 0 : coverage.askedBy - coverage.reachedBy
    return { ...own, coverage, todos: todosOf(own.fleet, { unserved: own.unserved, unreached, now }) }
  })
  return (
    <Stack>
      <Totals rows={rows} />
      <FleetTable rows={rows} />
      <AsOf block={block} />
    </Stack>
  )
}
