import { useState, type ReactNode } from 'react'
import { useT } from '../i18n/useT'
import control from './control.module.css'
import { cx } from './cx'
import { Field, type FieldText } from './Field'
import { readAddress, type AddressText } from './readAddress'

export interface AddressInputProps extends FieldText {
  /** At each change: the address in EIP-55 case, or null. */
  readonly onChange: (address: AddressText | null) => void
  /** Writes an address in EIP-55 case: viem's `getAddress`. */
  readonly checksum: (address: AddressText) => AddressText
  readonly initial?: string
  readonly disabled?: boolean
  readonly required?: boolean
  readonly name?: string
}

/** A field for an address. `error` is the caller's, for what is wrong with a well-formed one (the share's own contract). */
export function AddressInput(props: AddressInputProps): ReactNode {
  const { label, hint, error, aside, onChange, checksum, initial = '', disabled, required, name } = props
  const t = useT()
  const [text, setText] = useState(initial)
  const [left, setLeft] = useState(false)
  const read = readAddress(text, checksum)

  function change(next: string): void {
    setText(next)
    const result = readAddress(next, checksum)
    onChange(result.ok ? result.address : null)
  }

  // Half an address is no fault while it is being typed; a wrong character is.
  const waits = !read.ok && !left && (read.problem === 'length' || read.problem === 'noPrefix')
  const unasked = !read.ok && read.problem === 'empty' && !(left && required)
  const problem = read.ok || waits || unasked ? null : t(`ui.address.${read.problem}`, { length: String(read.length) })
  return (
    <Field label={label} hint={hint} aside={aside} error={problem ?? (read.ok ? error : null)}>
      {(attributes) => (
        <div className={control.frame}>
          <input
            {...attributes}
            type="text"
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            placeholder="0x"
            className={cx(control.control, control.mono)}
            value={text}
            name={name}
            disabled={disabled}
            required={required}
            onChange={(event) => change(event.target.value)}
            onBlur={() => setLeft(true)}
          />
        </div>
      )}
    </Field>
  )
}
