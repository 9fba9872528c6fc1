import type { ComponentPropsWithRef, ReactNode } from 'react'
import control from './control.module.css'
import { cx } from './cx'
import { Field, type FieldText } from './Field'

type Native = Omit<ComponentPropsWithRef<'input'>, 'className' | 'style' | 'value' | 'defaultValue' | 'onChange' | 'id' | 'size'>

export interface TextInputProps extends FieldText, Native {
  readonly value: string
  readonly onChange: (value: string) => void
  /** Behind the text, inside the frame: a unit. */
  readonly suffix?: ReactNode
  readonly mono?: boolean
}

export function TextInput({ label, hint, error, aside, value, onChange, suffix, mono = false, ...rest }: TextInputProps): ReactNode {
  return (
    <Field label={label} hint={hint} error={error} aside={aside}>
      {(attributes) => (
        <div className={control.frame}>
          <input
            type="text"
            autoComplete="off"
            {...rest}
            {...attributes}
            className={cx(control.control, mono && control.mono)}
            value={value}
            onChange={(event) => onChange(event.target.value)}
          />
          {suffix !== undefined && <span className={control.suffix}>{suffix}</span>}
        </div>
      )}
    </Field>
  )
}
