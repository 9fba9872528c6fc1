import type { ReactNode } from 'react'
import { isEvent, type History } from '../../../chain/history/events'
import type { Fleet } from '../../../chain/read/fleets'
import { useHead } from '../../../chain/useHead'
import { documentsOf, inventoriesOf } from '../../../domain/documents'
import { HashText } from '../../../ui/HashText'
import { Columns } from '../../../ui/layout/Columns'
import { Stack } from '../../../ui/layout/Stack'
import { Loaded } from '../../../ui/Loaded'
import { NameText } from '../../../ui/NameText'
import { Panel } from '../../../ui/Panel'
import { Table } from '../../../ui/Table'
import { TimeText } from '../../../ui/TimeText'
import { useFigures } from '../../../ui/useFigures'
import { AsOf } from '../parts/AsOf'
import { useRegistryHistory } from '../queries'
import { DocumentForm } from './DocumentForm'
import { InventoryForm } from './InventoryForm'
import { Stages } from './Stages'

const MAX_URI = 80

/** What is published about the fleet: how it came to be listed, its inventories and its documents. */
export function Papers({ fleet }: { readonly fleet: Fleet }): ReactNode {
  const { t } = useFigures()
  const history = useRegistryHistory(fleet.fleetId)
  return (
    <Loaded query={history} label={t('operate.papers.loading')} lines={6}>
      {(past) => <Published fleet={fleet} past={past} />}
    </Loaded>
  )
}

function Published({ fleet, past }: { readonly fleet: Fleet; readonly past: History }): ReactNode {
  const { t, count, time, name } = useFigures()
  const head = useHead()
  const inventories = inventoriesOf(past.events)
  const documents = documentsOf(past.events)
  const proposed = past.events.find(isEvent('FleetRegistry', 'FleetProposed'))
  const listed = past.events.find(isEvent('FleetRegistry', 'FleetListed'))
  return (
    <>
      <Panel title={t('operate.stages.title')}>
        <Stages fleet={fleet} proposedAt={proposed?.time ?? null} publishedAt={inventories.at(-1)?.time ?? null} listedAt={listed?.time ?? null} />
      </Panel>
      <Panel title={t('operate.inventory.title')} intro={t('operate.inventory.intro')}>
        <Columns>
          <Table
            dense
            caption={t('operate.inventory.versions')}
            rows={inventories}
            rowKey={({ version }) => version.toString()}
            empty={t('operate.inventory.none')}
            columns={[
              { key: 'version', head: t('operate.inventory.version'), cell: ({ version }) => version.toString() },
              { key: 'count', head: t('operate.inventory.count'), numeric: true, cell: (each) => count(each.count) },
              { key: 'root', head: t('operate.inventory.root'), cell: ({ root }) => <HashText hash={root} /> },
              { key: 'time', head: t('operate.inventory.time'), whole: true, cell: ({ time: at }) => <TimeText at={at} text={time(at)} /> },
            ]}
          />
          <InventoryForm fleet={fleet} />
        </Columns>
      </Panel>
      <Panel title={t('operate.document.title')} intro={t('operate.document.intro')}>
        <Columns>
          <Stack>
            <Table
              dense
              caption={t('operate.document.caption')}
              rows={documents}
              rowKey={({ name: key }) => key}
              empty={t('operate.document.none')}
              columns={[
                { key: 'name', head: t('operate.document.name'), whole: true, cell: (each) => <NameText name={each.name} /> },
                { key: 'uri', head: t('operate.document.uri'), cell: ({ uri }) => <bdi>{name(uri, MAX_URI)}</bdi> },
                { key: 'hash', head: t('operate.document.hash'), cell: ({ hash }) => <HashText hash={hash} /> },
              ]}
            />
            {head !== null && <AsOf block={head} history={past} />}
          </Stack>
          <DocumentForm fleet={fleet} />
        </Columns>
      </Panel>
    </>
  )
}
