import type { Row } from '../../../chain/write/write'
import type { AmountToken, Figures } from '../../../ui/useFigures'
import type { Spec } from './spec'

/** A specification in words, as it is proposed. */
export function specRows(spec: Spec, token: AmountToken, { t, money, count, gpus, bps, span, name }: Figures): readonly Row[] {
  return [
    { label: t('operate.spec.model'), value: name(spec.model) },
    { label: t('operate.spec.site'), value: name(spec.site) },
    { label: t('operate.spec.units'), value: gpus(spec.units) },
    { label: t('operate.spec.listRate'), value: t('operate.perHour', { amount: money(spec.listRate, token) }) },
    { label: t('operate.spec.boardWatts'), value: t('operate.watts', { count: count(spec.boardWatts) }) },
    { label: t('operate.spec.availabilityBps'), value: bps(spec.availabilityBps) },
    { label: t('operate.spec.penaltyBps'), value: bps(spec.penaltyBps) },
    { label: t('operate.spec.creditCapBps'), value: bps(spec.creditCapBps) },
    { label: t('operate.spec.noticeHours'), value: span(spec.notice) },
  ]
}
