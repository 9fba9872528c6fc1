import type { ReactNode } from 'react'
import { trustsOperator } from '../../../domain/trust'
import { useT } from '../../../i18n/useT'
import { Badge } from '../../../ui/Badge'

/** The trust level of the newest readings (ARCHITECTURE, section 2), and whether that means to trust the operator. */
export function TrustBadge({ level }: { readonly level: number }): ReactNode {
  const t = useT()
  const trusts = trustsOperator(level)
  return <Badge tone={trusts ? 'warn' : 'ok'}>{t(trusts ? 'ui.trust.operator' : 'ui.trust.checked', { level: String(level) })}</Badge>
}
