import type { ReactNode } from 'react'
import type { FleetStatus } from '../chain/read/fleets'
import { useT } from '../i18n/useT'
import { Badge } from './Badge'

const TONES = { proposed: 'info', listed: 'ok', delisted: 'warn' } as const

/** Whether a fleet can be leased, in a word. */
export function FleetBadge({ status }: { readonly status: FleetStatus }): ReactNode {
  const t = useT()
  return <Badge tone={TONES[status]}>{t(`ui.fleet.${status}`)}</Badge>
}
