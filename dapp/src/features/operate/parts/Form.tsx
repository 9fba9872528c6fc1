import type { ReactNode } from 'react'
import { cx } from '../../../ui/cx'
import css from './parts.module.css'

interface FormProps {
  readonly label: string
  /** As wide as the page; else no wider than text. */
  readonly wide?: boolean
  readonly onSubmit: () => void
  readonly children: ReactNode
}

/** A form of this page: it never leaves it. */
export function Form({ label, wide = false, onSubmit, children }: FormProps): ReactNode {
  return (
    <form
      className={cx(!wide && css.form)}
      aria-label={label}
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        onSubmit()
      }}
    >
      {children}
    </form>
  )
}
