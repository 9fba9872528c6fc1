import type { ComponentPropsWithRef, ReactNode } from 'react'
import control from './control.module.css'
import { cx } from './cx'
import { Field, type FieldText } from './Field'
import styles from './Select.module.css'

export interface SelectOption {
  readonly value: string
  readonly label: string
  readonly disabled?: boolean
}

export interface SelectProps
  extends FieldText, Omit<ComponentPropsWithRef<'select'>, 'className' | 'style' | 'value' | 'defaultValue' | 'onChange' | 'id' | 'multiple' | 'size'> {
  readonly value: string
  readonly onChange: (value: string) => void
  readonly options: readonly SelectOption[]
}

export function Select({ label, hint, error, aside, value, onChange, options, ...rest }: SelectProps): ReactNode {
  return (
    <Field label={label} hint={hint} error={error} aside={aside}>
      {(attributes) => (
        <div className={control.frame}>
          <select
            {...rest}
            {...attributes}
            className={cx(control.control, styles.select)}
            value={value}
            onChange={(event) => onChange(event.target.value)}
          >
            {options.map((option) => (
              <option key={option.value} value={option.value} disabled={option.disabled}>
                {option.label}
              </option>
            ))}
          </select>
        </div>
      )}
    </Field>
  )
}
