import { useState, type ReactNode } from 'react'
import { useConfig } from '../../../chain/context'
import type { Fleet } from '../../../chain/read/fleets'
import { useWrite } from '../../../chain/write/useWrite'
import { useFigures } from '../../../ui/useFigures'
import type { GpuList } from '../inventory/gpuList'
import { InventoryPicker } from '../inventory/InventoryPicker'
import { Act } from '../parts/Act'
import { Form } from '../parts/Form'
import { useMay } from '../parts/useMay'
import { proposedFleet } from '../register/pending'
import { PublishKept } from '../register/PublishKept'
import { useKept } from '../register/useKept'
import { publishWrite } from '../writes'

/** Publishes the fleet's inventory, its first or a new version; what a registration in this browser began is offered as it was read. */
export function InventoryForm({ fleet }: { readonly fleet: Fleet }): ReactNode {
  const shown = useFigures()
  const { t, count } = shown
  const start = useWrite()
  const may = useMay(fleet.operator)
  const registry = useConfig().contracts.FleetRegistry.address
  const kept = useKept()
  const [list, setList] = useState<GpuList | null>(null)
  const begun = fleet.inventory === null ? kept.all.find((pending) => proposedFleet(pending, [fleet]) !== null) : undefined
  if (begun !== undefined) {
    return <PublishKept pending={begun} fleetId={fleet.fleetId} operator={fleet.operator} onDone={() => kept.forget(begun)} />
  }
  const off = list === null ? may : (wrong(list) ?? may)
  const submit = (): void => {
    if (list !== null && off === null) start(publishWrite(registry, fleet.fleetId, list.tree.root, BigInt(list.tree.size), shown))
  }
  return (
    <Form label={t('operate.inventory.new')} onSubmit={submit}>
      <InventoryPicker label={t('operate.inventory.new')} hint={t('operate.inventory.choose.hint')} onList={setList} />
      <Act label={t('operate.inventory.publish')} ready={list !== null} off={off} />
    </Form>
  )

  function wrong({ tree }: GpuList): string | null {
    if (BigInt(tree.size) < fleet.spec.units) return t('operate.inventory.tooSmall', { count: count(tree.size), units: count(fleet.spec.units) })
    return tree.root === fleet.inventory?.root.toLowerCase() ? t('operate.inventory.same') : null
  }
}
