import { rankOf } from '../domain/tranche'
import type { Translate } from '../i18n/useT'

/** What a tranche is called: by its place, not by its share's own words, which may say anything. Null where nothing tells the place. */
export function trancheName(t: Translate, index: number | null, count: number | null): string {
  if (index === null || count === null) return t('ui.tranche.unknown')
  const rank = rankOf(index, count)
  return rank === 'between' ? t('ui.tranche.between', { place: `${index + 1}` }) : t(`ui.tranche.${rank}`)
}
