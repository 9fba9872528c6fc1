import type { ReactNode } from 'react'
import { notationOf } from '../format/locale'
import { useLocale } from '../i18n/useLocale'
import styles from './AmountText.module.css'
import { cx } from './cx'
import { splitSymbol, splitTail } from './splitTail'

export interface AmountTextProps {
  /** As `formatAmount` writes it, with or without its symbol. */
  readonly text: string
  /** Behind the number, quietly: a unit that is not part of `text`. */
  readonly unit?: ReactNode
  /** The exact amount where `text` is rounded. */
  readonly title?: string
  readonly strong?: boolean
}

/** Signs of a symbol that still stand on the number's line, the space before them too. */
const SHORT = 8

/** An amount on one line, unless its symbol is a long one. Digits beyond the second decimal step back: they are there, and the eye finds the cents. */
export function AmountText({ text, unit, title, strong = false }: AmountTextProps): ReactNode {
  const [number, symbol] = splitSymbol(text)
  const [read, tail, rest] = splitTail(number, notationOf(useLocale()).decimalSign)
  const long = symbol.length > SHORT
  return (
    <span className={cx(styles.amount, strong && styles.strong, long && styles.long)} title={title}>
      {read}
      {tail !== '' && <span className={styles.tail}>{tail}</span>}
      {rest}
      {long ? ` ${symbol.slice(1)}` : symbol}
      {unit !== undefined && <span className={styles.unit}>{' '}{unit}</span>}
    </span>
  )
}
