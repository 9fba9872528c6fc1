import type { ReactNode } from 'react'
import type { PageProps } from '../../app/feature'
import { hrefTo, Link, useLocation } from '../../app/router'
import type { Fleet } from '../../chain/read/fleets'
import { EmptyState } from '../../ui/EmptyState'
import { Loaded } from '../../ui/Loaded'
import { PageHeader } from '../../ui/PageHeader'
import { Tabs } from '../../ui/Tabs'
import { useFigures } from '../../ui/useFigures'
import css from './fleet/fleet.module.css'
import { FleetHeader } from './fleet/FleetHeader'
import { SpecSection } from './fleet/SpecSection'
import { LeasesSection } from './leases/LeasesSection'
import { MeasuredAhead } from './measured/MeasuredAhead'
import { MeasuredSection } from './measured/MeasuredSection'
import { MoneySection } from './money/MoneySection'
import { PapersSection } from './papers/PapersSection'
import { useFleet } from './queries'

const TABS = ['measured', 'money', 'leases', 'papers', 'terms'] as const
type TabId = (typeof TABS)[number]

/** One fleet: what its meter saw, what it earned, who leases it, what its operator has published, and on what terms. */
export function Page({ params }: PageProps): ReactNode {
  const { t } = useFigures()
  const id = idOf(params['fleetId'] ?? '')
  if (id === null) return <NoFleet named={params['fleetId'] ?? ''} />
  return <One key={id.toString()} fleetId={id} loading={t('fleets.one.loading')} />
}

function One({ fleetId, loading }: { readonly fleetId: bigint; readonly loading: string }): ReactNode {
  const query = useFleet(fleetId)
  const part = useSelected()
  return (
    <>
      {part === 'measured' && query.data === undefined && <MeasuredAhead fleetId={fleetId} />}
      <Loaded query={query} label={loading} lines={10}>
        {({ fleet, block }) => (fleet === null ? <NoFleet named={fleetId.toString()} /> : <Parts fleet={fleet} block={block.number} />)}
      </Loaded>
    </>
  )
}

function useSelected(): TabId {
  const asked = useLocation().query.get('part')
  return TABS.find((each) => each === asked) ?? 'measured'
}

function Parts({ fleet, block }: { readonly fleet: Fleet; readonly block: bigint }): ReactNode {
  const { t } = useFigures()
  const selected = useSelected()
  const here = useLocation()
  return (
    <>
      <FleetHeader fleet={fleet} />
      <Tabs
        label={t('fleets.tabs')}
        tabs={TABS.map((each) => ({ id: each, label: t(`fleets.tab.${each}`) }))}
        selected={selected}
        // In place: arrow keys go through the tabs, and back leads off the page.
        onSelect={(part) => window.location.replace(hrefTo(`/fleets/${fleet.fleetId}?part=${part}`, here))}
      >
        <div className={css.part}>
          <Part id={selected} fleet={fleet} block={block} />
        </div>
      </Tabs>
    </>
  )
}

function Part({ id, fleet, block }: { readonly id: TabId; readonly fleet: Fleet; readonly block: bigint }): ReactNode {
  switch (id) {
    case 'measured':
      return <MeasuredSection fleet={fleet} />
    case 'money':
      return <MoneySection fleet={fleet} block={block} />
    case 'leases':
      return <LeasesSection fleet={fleet} />
    case 'papers':
      return <PapersSection fleet={fleet} />
    case 'terms':
      return <SpecSection fleet={fleet} block={block} />
  }
}

function NoFleet({ named }: { readonly named: string }): ReactNode {
  const { t, name } = useFigures()
  return (
    <>
      <PageHeader title={t('fleets.one.none')} />
      <EmptyState title={t('fleets.one.none.text', { id: name(named) })} action={<Link to="/fleets">{t('fleets.one.all')}</Link>} />
    </>
  )
}

/** A fleet's id has 48 bits; what is written otherwise is none. */
function idOf(text: string): bigint | null {
  if (!/^[1-9][0-9]{0,14}$/.test(text)) return null
  const id = BigInt(text)
  return id >> 48n === 0n ? id : null
}
