import type { ReactNode } from 'react'
import { formatDuration } from '../../format/time'
import { useLocale } from '../../i18n/useLocale'
import { useT } from '../../i18n/useT'
import { Badge } from '../../ui/Badge'
import type { ReportRow } from './reportList'

const TONES = { standing: 'info', final: 'ok', dropped: 'bad' } as const

/** How far a report has come: standing with the time left for evidence, final, or dropped. `now` is the chain's, Unix seconds. */
export function StateBadge({ report, now }: { readonly report: ReportRow; readonly now: bigint }): ReactNode {
  const t = useT()
  const locale = useLocale()
  const { state, finalAt } = report
  return (
    <Badge tone={TONES[state]}>
      {state === 'standing' ? t('reports.state.standing', { time: formatDuration(finalAt - now, locale) }) : t(`reports.state.${state}`)}
    </Badge>
  )
}
