import { useEffect, type ReactNode } from 'react'
import { Link, navigate } from '../../app/router'
import { useViewer } from '../../app/viewer'
import { T } from '../../i18n/T'
import { Loaded } from '../../ui/Loaded'
import { Notice } from '../../ui/Notice'
import { PageHeader } from '../../ui/PageHeader'
import { Panel } from '../../ui/Panel'
import { Unread } from '../../ui/Unread'
import { useFigures } from '../../ui/useFigures'
import { useGround, useOwnFleets, type OwnFleets } from './queries'
import { proposedFleet, type Pending } from './register/pending'
import { PublishKept } from './register/PublishKept'
import { RegisterForm } from './register/RegisterForm'
import { useKept, type Kept } from './register/useKept'

/** Registers a fleet: its inventory is read here, the proposal is signed, and then the inventory is published under the id that the proposal got. */
export function Page(): ReactNode {
  const { t } = useFigures()
  const { address } = useViewer()
  const ground = useGround()
  const own = useOwnFleets(address)
  const kept = useKept()
  return (
    <>
      <PageHeader
        above={<T id="operate.register.above" components={[<Link to="/operate" />]} />}
        title={t('operate.register.title')}
        lead={t('operate.register.lead')}
      />
      <Unread query={own} title={t('operate.register.noOwn')} />
      {own.data !== undefined && <Begun own={own.data} kept={kept} />}
      <Loaded query={ground} label={t('operate.register.loading')} lines={8}>
        {(data) =>
          data.currencies.length === 0 ? (
            <Notice tone="warn">{t('operate.register.noCurrency')}</Notice>
          ) : (
            <RegisterForm ground={data} kept={kept} />
          )
        }
      </Loaded>
    </>
  )
}

/** Registrations whose fleet is proposed and whose inventory is not published yet. */
function Begun({ own, kept }: { readonly own: OwnFleets; readonly kept: Kept }): ReactNode {
  const { t } = useFigures()
  const { all, forget } = kept
  const fleets = own.fleets.map(({ fleet }) => fleet)
  const begun = all.flatMap((pending) => {
    const fleet = proposedFleet(pending, fleets)
    return fleet === null ? [] : [{ pending, fleet }]
  })
  const done = begun.find(({ fleet }) => fleet.inventory !== null)?.pending
  useEffect(() => {
    if (done !== undefined) forget(done)
  }, [done, forget])
  return begun
    .filter(({ fleet }) => fleet.inventory === null)
    .map(({ pending, fleet }) => (
      <Panel
        key={fleet.fleetId.toString()}
        title={t('operate.register.second', { fleet: `${fleet.fleetId}` })}
        intro={t('operate.register.second.intro')}
      >
        <PublishKept pending={pending} fleetId={fleet.fleetId} operator={fleet.operator} onDone={() => finish(pending, fleet.fleetId)} />
      </Panel>
    ))

  function finish(pending: Pending, fleetId: bigint): void {
    forget(pending)
    navigate(`/operate/${fleetId}`)
  }
}
