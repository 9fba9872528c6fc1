import { useViewer } from '../../../app/viewer'
import { useWritesAllowed } from '../../../chain/write/useWrite'
import { useT } from '../../../i18n/useT'

/**
 * Why the viewer cannot do this now, as a sentence; null where they can; empty while they watch another's account, which the page says at its top.
 * `operator`: who alone may; null where anyone may.
 */
export function useMay(operator: string | null): string | null {
  const t = useT()
  const allowed = useWritesAllowed()
  const { address } = useViewer()
  if (!allowed.ok && allowed.why === 'watching') return ''
  if (!allowed.ok) return t(`wallet.off.${allowed.why}`)
  return operator !== null && address?.toLowerCase() !== operator.toLowerCase() ? t('operate.notOperator') : null
}
