import styles from './Button.module.css'
import { cx } from './cx'

export interface ButtonLook {
  /** `accent` is the one thing to do on a page or in a dialog; `danger` cannot be undone; `quiet` is without a frame. Default `plain`. */
  readonly tone?: 'plain' | 'accent' | 'danger' | 'quiet' | undefined
  readonly small?: boolean | undefined
  /** As wide as what holds it. */
  readonly wide?: boolean | undefined
}

/** The look of a button for what is none: `<Link className={buttonClass({ tone: 'accent' })} to="...">`. */
export function buttonClass({ tone = 'plain', small = false, wide = false }: ButtonLook = {}): string {
  return cx(styles.button, styles[tone], small && styles.small, wide && styles.wide)
}
