import { useId, type ReactNode } from 'react'
import { useT } from '../../../i18n/useT'
import css from './measured.module.css'
import { RANGES, type Range } from './ranges'

interface RangeChoiceProps {
  readonly range: Range
  readonly onRange: (range: Range) => void
}

/** How far back the charts go. */
export function RangeChoice({ range, onRange }: RangeChoiceProps): ReactNode {
  const t = useT()
  const name = useId()
  return (
    <fieldset className={css.ranges}>
      <legend className={css.hidden}>{t('fleets.range.label')}</legend>
      {RANGES.map((each) => (
        <label key={each} className={css.range}>
          <input type="radio" name={name} checked={each === range} onChange={() => onRange(each)} />
          <span>{t(`fleets.range.${each}`)}</span>
        </label>
      ))}
    </fieldset>
  )
}
