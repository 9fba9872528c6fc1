import type { ComponentPropsWithRef, MouseEvent, ReactNode } from 'react'
import styles from './Button.module.css'
import { buttonClass, type ButtonLook } from './buttonClass'

export interface ButtonProps extends Omit<ComponentPropsWithRef<'button'>, 'className' | 'style'>, ButtonLook {
  /** Something it began is under way: it stays focusable, says so, and does nothing. */
  readonly busy?: boolean
}

export function Button({ tone, small, wide, busy = false, type = 'button', onClick, children, ...rest }: ButtonProps): ReactNode {
  function click(event: MouseEvent<HTMLButtonElement>): void {
    if (busy) event.preventDefault()
    else onClick?.(event)
  }
  return (
    <button
      {...rest}
      type={type}
      className={buttonClass({ tone, small, wide })}
      aria-busy={busy || undefined}
      aria-disabled={busy || rest['aria-disabled']}
      onClick={click}
    >
      {busy && <span className={styles.turning} aria-hidden="true" />}
      {children}
    </button>
  )
}
