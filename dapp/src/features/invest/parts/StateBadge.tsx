import type { ReactNode } from 'react'
import type { SaleState } from '../../../domain/saleState'
import { useT } from '../../../i18n/useT'
import { Badge, type BadgeProps } from '../../../ui/Badge'
import { stateName } from '../words'

const TONES: Readonly<Record<SaleState, NonNullable<BadgeProps['tone']>>> = {
  open: 'info',
  openSuccessful: 'ok',
  soldOut: 'ok',
  succeeded: 'neutral',
  failed: 'bad',
  takenBack: 'neutral',
}

export function StateBadge({ state }: { readonly state: SaleState }): ReactNode {
  const t = useT()
  return <Badge tone={TONES[state]}>{stateName(t, state)}</Badge>
}
