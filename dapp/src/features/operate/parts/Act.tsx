import type { ReactNode } from 'react'
import { Button } from '../../../ui/Button'
import { Cluster } from '../../../ui/layout/Cluster'
import css from './parts.module.css'

interface ActProps {
  readonly label: string
  /** Why it cannot be done, as a sentence: said beside the button. Empty where that is said elsewhere. */
  readonly off: string | null
  /** Whether the form is filled in. Default true. */
  readonly ready?: boolean
  readonly tone?: 'plain' | 'accent' | 'danger'
  /** Without it the button submits its form. */
  readonly onAct?: () => void
}

/** The button that begins a write, and why it is off. */
export function Act({ label, off, ready = true, tone = 'plain', onAct }: ActProps): ReactNode {
  return (
    <Cluster>
      <Button type={onAct === undefined ? 'submit' : 'button'} tone={tone} disabled={!ready || off !== null} {...(onAct === undefined ? {} : { onClick: onAct })}>
        {label}
      </Button>
      {off !== null && off !== '' && <span className={css.quiet}>{off}</span>}
    </Cluster>
  )
}
