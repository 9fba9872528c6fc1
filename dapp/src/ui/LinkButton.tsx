import type { ComponentPropsWithRef, ReactNode } from 'react'
import { buttonClass, type ButtonLook } from './buttonClass'

export interface LinkButtonProps extends Omit<ComponentPropsWithRef<'a'>, 'className' | 'style'>, ButtonLook {
  readonly href: string
}

/** A link that looks like a button. For a path of this page take `<Link className={buttonClass(...)}>`, which keeps `?as=`. */
export function LinkButton({ tone, small, wide, ...rest }: LinkButtonProps): ReactNode {
  return <a {...rest} className={buttonClass({ tone, small, wide })} />
}
