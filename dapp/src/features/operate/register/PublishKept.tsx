import type { ReactNode } from 'react'
import { useConfig } from '../../../chain/context'
import { useWrite } from '../../../chain/write/useWrite'
import { DataList } from '../../../ui/DataList'
import { HashText } from '../../../ui/HashText'
import { NameText } from '../../../ui/NameText'
import { useFigures } from '../../../ui/useFigures'
import { Act } from '../parts/Act'
import css from '../parts/parts.module.css'
import { useMay } from '../parts/useMay'
import { publishWrite } from '../writes'
import type { Pending } from './pending'

interface PublishKeptProps {
  readonly pending: Pending
  readonly fleetId: bigint
  readonly operator: string
  readonly onDone: () => void
}

/** The second step of a registration: the inventory that was read before the first one, for the id that the first one gave. */
export function PublishKept({ pending, fleetId, operator, onDone }: PublishKeptProps): ReactNode {
  const shown = useFigures()
  const { t, gpus } = shown
  const start = useWrite()
  const off = useMay(operator)
  const registry = useConfig().contracts.FleetRegistry.address
  const publish = (): void => start({ ...publishWrite(registry, fleetId, pending.root, pending.count, shown), onDone })
  return (
    <div className={css.form}>
      <DataList
        rows={[
          { label: t('operate.inventory.file'), value: <NameText name={pending.fileName} /> },
          { label: t('operate.inventory.count'), value: gpus(pending.count) },
          { label: t('operate.inventory.root'), value: <HashText hash={pending.root} /> },
        ]}
      />
      <Act label={t('operate.publish.act', { fleet: `${fleetId}` })} tone="accent" off={off} onAct={publish} />
    </div>
  )
}
