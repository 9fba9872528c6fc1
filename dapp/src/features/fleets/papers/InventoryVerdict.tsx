import type { ReactNode } from 'react'
import type { InventoryVersion } from '../../../domain/documents'
import { HashText } from '../../../ui/HashText'
import { faultText } from '../../../ui/inventoryFault'
import { Notice } from '../../../ui/Notice'
import { useFigures } from '../../../ui/useFigures'
import type { InventoryCheck } from './checkInventory'

interface InventoryVerdictProps {
  readonly check: InventoryCheck
  readonly newest: InventoryVersion | undefined
}

/** What a list of GPUs turned out to be. */
export function InventoryVerdict({ check, newest }: InventoryVerdictProps): ReactNode {
  const shown = useFigures()
  const { t, count } = shown
  switch (check.kind) {
    case 'match':
      return check.current ? (
        <Notice tone="ok" title={t('fleets.inventory.match')}>
          {t('fleets.inventory.match.text', { count: count(check.count), version: check.version.toString() })} <HashText hash={check.root} />
        </Notice>
      ) : (
        <Notice tone="warn" title={t('fleets.inventory.older', { version: check.version.toString() })}>
          {t('fleets.inventory.older.text', { current: newest?.version.toString() ?? '' })} <HashText hash={check.root} />
        </Notice>
      )
    case 'differs':
      return (
        <Notice tone="error" title={t('fleets.inventory.differs')}>
          {t('fleets.inventory.differs.text', { count: count(check.count), published: count(newest?.count ?? 0n) })} <HashText hash={check.root} />
        </Notice>
      )
    case 'badFile':
      return <Notice tone="error">{faultText(check.fault, shown)}</Notice>
  }
}
