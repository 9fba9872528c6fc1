import { useState, type ReactNode } from 'react'
import { useT } from '../../i18n/useT'
import { AmountInput } from '../../ui/AmountInput'
import { Columns } from '../../ui/layout/Columns'
import { Stack } from '../../ui/layout/Stack'
import { Select } from '../../ui/Select'
import { TextInput } from '../../ui/TextInput'
import { fromField, toField } from './grid'
import type { Wish } from './order'
import { Taken } from './StartField'

interface UntilFieldsProps {
  readonly wish: Wish
  readonly taken: bigint | null
  readonly start: bigint | null
  readonly error: string | null
  readonly onChange: (until: Wish['until']) => void
}

const SECONDS = { hours: 3600n, days: 86_400n } as const
type By = 'hours' | 'days' | 'end'

/** How long a lease lasts: so many hours or days, or until a time. */
export function UntilFields({ wish, taken, start, error, onChange }: UntilFieldsProps): ReactNode {
  const t = useT()
  const [by, setBy] = useState<By>('days')
  const [length, setLength] = useState<bigint | null>(1n)
  const [text, setText] = useState('')

  function choose(next: string): void {
    if (next === 'end') {
      const shown = taken === null ? '' : toField(taken)
      setText(shown)
      onChange({ by: 'end', at: fromField(shown) })
    } else if (next === 'hours' || next === 'days') tell(length, next)
    else return
    setBy(next)
  }
  function tell(count: bigint | null, unit: 'hours' | 'days'): void {
    onChange({ by: 'length', seconds: count === null ? null : count * SECONDS[unit] })
  }
  return (
    <Stack gap="tight">
      <Columns>
        <Select
          label={t('lease-capacity.until.by')}
          value={by}
          onChange={choose}
          options={(['hours', 'days', 'end'] as const).map((each) => ({ value: each, label: t(`lease-capacity.until.${each}`) }))}
        />
        {by === 'end' ? (
          <TextInput
            type="datetime-local"
            label={t('lease-capacity.end')}
            value={text}
            min={start === null ? undefined : toField(start)}
            required
            error={error ?? (fromField(text) === null ? t('lease-capacity.time.none') : null)}
            onChange={(next) => {
              setText(next)
              onChange({ by: 'end', at: fromField(next) })
            }}
          />
        ) : (
          <AmountInput
            label={t('lease-capacity.length')}
            decimals={0}
            symbol={t(`lease-capacity.until.unit.${by}`)}
            initial={length}
            required
            error={wish.until.by === 'length' ? error : null}
            onChange={(count) => {
              setLength(count)
              tell(count, by)
            }}
          />
        )}
      </Columns>
      {taken !== null && <Taken at={taken} />}
    </Stack>
  )
}
