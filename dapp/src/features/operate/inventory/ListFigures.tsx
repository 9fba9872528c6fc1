import type { ReactNode } from 'react'
import { MAX_UUID } from '../../../domain/inventory/inventoryFile'
import { Button } from '../../../ui/Button'
import { DataList } from '../../../ui/DataList'
import { HashText } from '../../../ui/HashText'
import { NameText } from '../../../ui/NameText'
import { saveFile } from '../../../ui/saveFile'
import { useFigures } from '../../../ui/useFigures'
import css from '../parts/parts.module.css'
import { servedList, type GpuList } from './gpuList'

/** A list that was read: how many, between which, and its root; and the file that a site serves of it. */
export function ListFigures({ list: { uuids, tree } }: { readonly list: GpuList }): ReactNode {
  const { t, gpus } = useFigures()
  const [first = '', last = ''] = [uuids[0], uuids.at(-1)]
  const save = (): void => saveFile(`${tree.root}.json`, 'application/json', servedList(uuids))
  return (
    <DataList
      rows={[
        { label: t('operate.inventory.count'), value: gpus(tree.size) },
        { label: t('operate.inventory.first'), value: <Uuid uuid={first} /> },
        { label: t('operate.inventory.last'), value: <Uuid uuid={last} /> },
        { label: t('operate.inventory.root'), value: <HashText hash={tree.root} />, note: t('operate.inventory.root.note') },
        {
          label: t('operate.inventory.served'),
          value: (
            <Button small onClick={save}>
              {t('operate.inventory.save')}
            </Button>
          ),
          note: t('operate.inventory.served.note'),
        },
      ]}
    />
  )
}

function Uuid({ uuid }: { readonly uuid: string }): ReactNode {
  return (
    <span className={css.uuid}>
      <NameText name={uuid} max={MAX_UUID} />
    </span>
  )
}
