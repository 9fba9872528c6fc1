import type { ReactNode } from 'react'
import type { LeaseState } from '../domain/lease/state'
import { useT } from '../i18n/useT'
import { Badge } from './Badge'

const TONES = { future: 'info', running: 'ok', suspended: 'warn', terminated: 'bad', ended: 'neutral', closed: 'neutral' } as const satisfies Record<LeaseState, string>

export function LeaseBadge({ state }: { readonly state: LeaseState }): ReactNode {
  const t = useT()
  return <Badge tone={TONES[state]}>{t(`ui.lease.${state}`)}</Badge>
}
