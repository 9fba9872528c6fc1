import { useMemo, type ReactNode } from 'react'
import { useConfig } from '../../../chain/context'
import type { History } from '../../../chain/history/events'
import type { Fleet } from '../../../chain/read/fleets'
import { connectSources } from '../../../config/csp'
import { documentsOf, inventoriesOf } from '../../../domain/documents'
import { EmptyState } from '../../../ui/EmptyState'
import { Stack } from '../../../ui/layout/Stack'
import { Loaded } from '../../../ui/Loaded'
import { Panel } from '../../../ui/Panel'
import { useFigures } from '../../../ui/useFigures'
import { usePapersHistory } from '../queries'
import { DocumentItem } from './DocumentItem'
import { InventoryCheckForm } from './InventoryCheckForm'
import { InventoryTable } from './InventoryTable'
import css from './papers.module.css'
import { whereaboutsOf } from './whereabouts'

/** The document that operators publish their list of GPUs under. */
const INVENTORY = 'inventory'

/** What the operator has published: the inventory's roots, and documents by their hashes; both can be checked here. */
export function PapersSection({ fleet }: { readonly fleet: Fleet }): ReactNode {
  const { t } = useFigures()
  const history = usePapersHistory(fleet.fleetId)
  return (
    <Loaded query={history} label={t('fleets.papers.loading')}>
      {(told) => <Papers history={told} />}
    </Loaded>
  )
}

function Papers({ history }: { readonly history: History }): ReactNode {
  const { t, count } = useFigures()
  const config = useConfig()
  const { documents, versions } = useMemo(() => ({ documents: documentsOf(history.events), versions: inventoriesOf(history.events) }), [history.events])
  const origins = useMemo(() => [window.location.origin, ...connectSources(config).filter((each) => each.startsWith('http'))], [config])
  const listed = documents.find(({ name }) => name === INVENTORY)
  const block = count(history.until)
  return (
    <Stack gap="loose">
      <Panel title={t('fleets.inventory.title')} intro={t('fleets.inventory.intro', { block })}>
        {versions.length === 0 ? (
          <EmptyState title={t('fleets.inventory.none')}>{t('fleets.inventory.none.text')}</EmptyState>
        ) : (
          <>
            <InventoryTable versions={versions} />
            <InventoryCheckForm versions={versions} where={listed === undefined ? { kind: 'nowhere' } : whereaboutsOf(listed.uri, origins)} />
          </>
        )}
      </Panel>
      <Panel title={t('fleets.documents.title')} intro={t('fleets.documents.intro', { block })}>
        {documents.length === 0 ? (
          <EmptyState title={t('fleets.documents.none')} />
        ) : (
          <ul className={css.documents}>
            {documents.map((document) => (
              <DocumentItem key={document.name} document={document} where={whereaboutsOf(document.uri, origins)} />
            ))}
          </ul>
        )}
      </Panel>
    </Stack>
  )
}
