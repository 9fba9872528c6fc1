import { useId, type ReactNode } from 'react'
import styles from './Field.module.css'

/** What every field of a form takes. */
export interface FieldText {
  readonly label: string
  /** What helps to fill it in; stays there. */
  readonly hint?: ReactNode
  /** What is wrong with it, as a sentence. */
  readonly error?: ReactNode
  /** Said beside the label, such as "optional". */
  readonly aside?: ReactNode
}

/** Attributes for the control, so that its label, hint and error belong to it. */
export interface ControlAttributes {
  readonly id: string
  readonly 'aria-describedby': string | undefined
  readonly 'aria-invalid': true | undefined
}

export interface FieldProps extends FieldText {
  /** How the value was understood, below the control; read out when it changes. */
  readonly understood?: ReactNode
  readonly children: (control: ControlAttributes) => ReactNode
}

/** A label, a control and what is said about it. The error is in the page from the start, empty, so that it is read out when it comes. */
export function Field({ label, hint, error, aside, understood, children }: FieldProps): ReactNode {
  const id = useId()
  const has = { hint: present(hint), error: present(error), understood: present(understood) }
  const described = [has.hint && `${id}-hint`, has.error && `${id}-error`, has.understood && `${id}-understood`]
  const describedBy = described.filter((one) => one !== false).join(' ')
  return (
    <div className={styles.field}>
      <div className={styles.head}>
        <label className={styles.label} htmlFor={id}>
          {label}
        </label>
        {present(aside) && <span className={styles.aside}>{aside}</span>}
      </div>
      {has.hint && (
        <p className={styles.hint} id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {children({ id, 'aria-describedby': describedBy === '' ? undefined : describedBy, 'aria-invalid': has.error || undefined })}
      <div className={styles.said} aria-live="polite">
        {has.error && (
          <p className={styles.error} id={`${id}-error`}>
            {error}
          </p>
        )}
        {has.understood && (
          <p className={styles.understood} id={`${id}-understood`}>
            {understood}
          </p>
        )}
      </div>
    </div>
  )
}

function present(node: ReactNode): boolean {
  return node !== undefined && node !== null && node !== false && node !== ''
}
