import { Trans } from '@lingui/react'
import type { ReactElement, ReactNode } from 'react'

interface TProps {
  readonly id: string
  readonly values?: Readonly<Record<string, string | number>>
  /** The elements that stand for `<0>`, `<1>` ... in the text. */
  readonly components?: readonly ReactElement[]
}

/** A text with parts that are elements: links, amounts, names. */
export function T({ id, values = {}, components = [] }: TProps): ReactNode {
  return <Trans id={id} values={{ ...values }} components={Object.fromEntries(components.entries())} />
}
