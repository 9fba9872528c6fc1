import { useEffect, useState, type ReactNode } from 'react'
import { Notice } from '../../../ui/Notice'
import { useFigures } from '../../../ui/useFigures'
import type { GpuList } from '../inventory/gpuList'
import { InventoryPicker } from '../inventory/InventoryPicker'
import css from '../parts/parts.module.css'
import { bodyOf } from './body'
import type { BodyContext } from './checkBody'
import { GpuChoice } from './GpuChoice'
import { madeBody, type MadeBody } from './madeBody'

interface BodyFromInventoryProps {
  readonly about: BodyContext
  readonly onBody: (body: MadeBody | null) => void
}

/** Puts a body together: the inventory's file, and which of its GPUs serve the lease. */
export function BodyFromInventory({ about, onBody }: BodyFromInventoryProps): ReactNode {
  const { t } = useFigures()
  const [list, setList] = useState<GpuList | null>(null)
  const [places, setPlaces] = useState<ReadonlySet<number>>(new Set())
  const version = list === null ? undefined : about.versions.find(({ root }) => root.toLowerCase() === list.tree.root)?.version
  const { fleet, lease } = about

  useEffect(() => {
    if (list === null || version === undefined || places.size === 0) {
      onBody(null)
      return
    }
    const own = new AbortController()
    const chosen = [...places].sort((one, other) => one - other)
    madeBody(bodyOf({ fleet, lease, version }, list.uuids, list.tree, chosen), own.signal).then(
      (body) => (own.signal.aborted ? undefined : onBody(body)),
      () => undefined,
    )
    return () => own.abort()
  }, [list, version, places, fleet, lease, onBody])

  function take(read: GpuList | null): void {
    setList(read)
    setPlaces(new Set())
  }
  return (
    <div className={css.form}>
      <InventoryPicker label={t('operate.allocation.inventory')} hint={t('operate.allocation.inventory.hint')} onList={take} />
      {list !== null &&
        (version === undefined ? (
          <Notice tone="error">{t('operate.allocation.unpublished')}</Notice>
        ) : (
          <GpuChoice uuids={list.uuids} units={Number(about.units)} places={places} onChange={setPlaces} />
        ))}
    </div>
  )
}
