import { useState, type ReactNode } from 'react'
import { formatTime } from '../../format/time'
import { useT } from '../../i18n/useT'
import { Stack } from '../../ui/layout/Stack'
import css from '../../ui/prose.module.css'
import { TextInput } from '../../ui/TextInput'
import { useFigures } from '../../ui/useFigures'
import { fromField, toField } from './grid'

interface StartFieldProps {
  readonly wished: bigint | null
  /** The epoch boundary that was taken for it. */
  readonly taken: bigint | null
  /** The first and last that the contract takes now. */
  readonly first: bigint
  readonly last: bigint
  /** Unix seconds of the chain. */
  readonly now: bigint
  readonly epochLength: bigint
  readonly error: string | null
  readonly onChange: (start: bigint | null) => void
}

/** When a lease begins. The field is UTC, for the epochs are; below it stand the boundary that was taken, in UTC and in the reader's own time. */
export function StartField({ wished, taken, first, last, now, epochLength, error, onChange }: StartFieldProps): ReactNode {
  const t = useT()
  const { time, span } = useFigures()
  const [text, setText] = useState(() => (wished === null ? '' : toField(wished)))
  return (
    <Stack gap="tight">
      <TextInput
        type="datetime-local"
        label={t('lease-capacity.start')}
        hint={t('lease-capacity.start.hint', { first: time(first), last: time(last), epoch: span(epochLength), now: time(now) })}
        value={text}
        min={toField(first)}
        max={toField(last)}
        required
        error={error ?? (fromField(text) === null ? t('lease-capacity.time.none') : null)}
        onChange={(next) => {
          setText(next)
          onChange(fromField(next))
        }}
      />
      {taken !== null && <Taken at={taken} />}
    </Stack>
  )
}

/** The boundary that was taken for a time, in UTC and where the reader is. */
export function Taken({ at }: { readonly at: bigint }): ReactNode {
  const t = useT()
  const { time, locale } = useFigures()
  const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone
  return (
    <p className={css.quiet} aria-live="polite">
      {zone === 'UTC' ? t('lease-capacity.taken.utc', { utc: time(at) }) : t('lease-capacity.taken', { utc: time(at), local: formatTime(at, locale, zone), zone })}
    </p>
  )
}
