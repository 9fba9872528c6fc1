import { useState, type ReactNode } from 'react'
import { useConfig } from '../../../chain/context'
import type { Fleet } from '../../../chain/read/fleets'
import { useWrite } from '../../../chain/write/useWrite'
import { inventoriesOf } from '../../../domain/documents'
import { Button } from '../../../ui/Button'
import { DataList } from '../../../ui/DataList'
import { HashText } from '../../../ui/HashText'
import { Stack } from '../../../ui/layout/Stack'
import { Loaded } from '../../../ui/Loaded'
import { Notice } from '../../../ui/Notice'
import { Panel } from '../../../ui/Panel'
import { saveFile } from '../../../ui/saveFile'
import { Tabs } from '../../../ui/Tabs'
import { useFigures } from '../../../ui/useFigures'
import { Act } from '../parts/Act'
import css from '../parts/parts.module.css'
import { useMay } from '../parts/useMay'
import { useRegistryHistory, type OpenLease } from '../queries'
import { allocateWrite } from '../writes'
import { isServed } from './allocations'
import { NO_BODY } from './body'
import { BodyFromFile } from './BodyFromFile'
import { BodyFromInventory } from './BodyFromInventory'
import type { MadeBody } from './madeBody'

interface AllocationPanelProps {
  readonly fleet: Fleet
  readonly open: OpenLease
  readonly onDone: () => void
}

type Way = 'inventory' | 'file' | 'none'

/** Says which GPUs serve one lease: by choosing them, by a body that was made elsewhere, or by taking all away. */
export function AllocationPanel({ fleet, open: { lease, allocation }, onDone }: AllocationPanelProps): ReactNode {
  const shown = useFigures()
  const { t } = shown
  const start = useWrite()
  const off = useMay(fleet.operator)
  const leases = useConfig().contracts.CapacityLease.address
  const history = useRegistryHistory(fleet.fleetId)
  const [way, setWay] = useState<Way>('inventory')
  const [body, setBody] = useState<MadeBody | null>(null)

  function choose(id: string): void {
    setWay(id === 'file' || id === 'none' ? id : 'inventory')
    setBody(null)
  }
  function allocate(what: { readonly version: bigint; readonly hash: `0x${string}`; readonly gpus: number }): void {
    start({ ...allocateWrite(leases, lease.leaseId, what, shown), onDone })
  }
  return (
    <Panel level={3} title={t('operate.allocation.for', { id: `${lease.leaseId}`, count: Number(lease.terms.units) })} intro={t('operate.allocation.how')}>
      <Loaded query={history} label={t('operate.papers.loading')}>
        {(past) => {
          const about = { fleet: fleet.fleetId, lease: lease.leaseId, units: lease.terms.units, versions: inventoriesOf(past.events) }
          return (
            <Stack>
              <Tabs
                label={t('operate.allocation.way')}
                tabs={[
                  { id: 'inventory', label: t('operate.allocation.way.inventory') },
                  { id: 'file', label: t('operate.allocation.way.file') },
                  ...(isServed(allocation) ? [{ id: 'none', label: t('operate.allocation.way.none') }] : []),
                ]}
                selected={way}
                onSelect={choose}
              >
                {way === 'inventory' && <BodyFromInventory about={about} onBody={setBody} />}
                {way === 'file' && <BodyFromFile about={about} onBody={setBody} />}
                {way === 'none' && (
                  <Stack>
                    <p>{t('operate.allocation.takeAway.text')}</p>
                    <Act label={t('operate.allocation.takeAway')} tone="danger" off={off} onAct={() => allocate({ version: allocation?.version ?? 0n, hash: NO_BODY, gpus: 0 })} />
                  </Stack>
                )}
              </Tabs>
              {body !== null && (
                <>
                  <BodyFigures body={body} units={lease.terms.units} />
                  <Act label={t('operate.allocation.act')} tone="accent" off={body.hash === allocation?.bodyHash ? t('operate.allocation.same') : off} onAct={() => allocate(body)} />
                </>
              )}
            </Stack>
          )
        }}
      </Loaded>
    </Panel>
  )
}

function BodyFigures({ body: { hash, version, gpus, text, bytes }, units }: { readonly body: MadeBody; readonly units: bigint }): ReactNode {
  const { t, count } = useFigures()
  const place = `/allocations/${hash}`
  return (
    <>
      <DataList
        rows={[
          { label: t('operate.allocation.gpus'), value: t('operate.ofUnits', { part: count(gpus), units: count(units) }) },
          { label: t('operate.allocation.version'), value: `${version}` },
          { label: t('operate.allocation.hash'), value: <HashText hash={hash} />, note: t('operate.allocation.bytes', { bytes: count(bytes) }) },
          {
            label: t('operate.allocation.site'),
            value: <code className={css.uuid}>{place}</code>,
            note: text === null ? t('operate.allocation.site.asIs') : t('operate.allocation.site.note'),
          },
        ]}
      />
      {text !== null && (
        <div>
          <Button onClick={() => saveFile(`${hash}.json`, 'application/json', text)}>{t('operate.allocation.save')}</Button>
        </div>
      )}
      {BigInt(gpus) < units && <Notice tone="warn">{t('operate.allocation.fewer', { count: Number(units) - gpus })}</Notice>}
    </>
  )
}
