import type { ReactNode } from 'react'
import { useConfig } from '../../../chain/context'
import type { InventoryVersion } from '../../../domain/documents'
import { Badge } from '../../../ui/Badge'
import { HashText } from '../../../ui/HashText'
import { Table, type Column } from '../../../ui/Table'
import { TimeText } from '../../../ui/TimeText'
import { useFigures } from '../../../ui/useFigures'
import { transactionLink } from '../../../wallet/explorer'

/** Every version of the inventory, newest first. */
export function InventoryTable({ versions }: { readonly versions: readonly InventoryVersion[] }): ReactNode {
  const { t, count, time } = useFigures()
  const { explorer } = useConfig().chain
  const newest = versions[0]
  const columns: Column<InventoryVersion>[] = [
    {
      key: 'version',
      head: t('fleets.inventory.version'),
      whole: true,
      cell: (each) => (
        <>
          {each.version.toString()} {each === newest && <Badge tone="ok">{t('fleets.inventory.current')}</Badge>}
        </>
      ),
    },
    { key: 'count', head: t('fleets.inventory.count'), numeric: true, cell: (each) => count(each.count) },
    { key: 'root', head: t('fleets.inventory.root'), cell: ({ root }) => <HashText hash={root} /> },
    { key: 'time', head: t('fleets.inventory.time'), whole: true, spare: true, cell: ({ time: at }) => <TimeText at={at} text={time(at)} /> },
    { key: 'tx', head: t('fleets.transaction'), spare: true, cell: ({ tx }) => <HashText hash={tx} href={transactionLink(explorer, tx)} /> },
  ]
  return <Table caption={t('fleets.inventory.versions')} captionHidden dense columns={columns} rows={versions} rowKey={({ version }) => version.toString()} />
}
