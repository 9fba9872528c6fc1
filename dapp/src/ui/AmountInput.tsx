import { useEffect, useRef, useState, type ReactNode } from 'react'
import { editableAmount } from '../format/formatAmount'
import { isolated, MAX_SYMBOL, visibleName } from '../format/name'
import { parseAmount } from '../format/parseAmount'
import { useLocale } from '../i18n/useLocale'
import { useT } from '../i18n/useT'
import styles from './AmountInput.module.css'
import { amountProblem, shown } from './amountProblem'
import { Button } from './Button'
import { carriedAmount } from './carriedAmount'
import control from './control.module.css'
import { cx } from './cx'
import { Field, type FieldText } from './Field'

export interface AmountInputProps extends FieldText {
  /** Digits after the decimal sign that the token has; 0 for counts of shares or GPUs. */
  readonly decimals: number
  /** The token's symbol, or a unit such as "GPU"; may be a stranger's text. */
  readonly symbol?: string
  /**
   * At each change of the text, and where language or decimals change how it is read: smallest units, or null while it is no amount or has two
   * readings.
   */
  readonly onChange: (value: bigint | null) => void
  /** What stands in the field at first. To set it anew later, change the field's `key`. */
  readonly initial?: bigint | null
  /** Offers "All", which fills this in. */
  readonly all?: bigint | undefined
  readonly disabled?: boolean
  readonly required?: boolean
  readonly name?: string
}

/**
 * A field for an amount. What was typed is read at each change and shown back as it was understood; a text with two readings is asked about, and until
 * then it is no amount. `error` is the caller's, for what the amount itself is wrong for (more than the balance); it is shown where the text is an amount.
 */
export function AmountInput(props: AmountInputProps): ReactNode {
  const { label, hint, error, aside, decimals, symbol, onChange, initial = null, all, disabled, required, name } = props
  const t = useT()
  const locale = useLocale()
  const [field, setField] = useState(() => ({ text: initial === null ? '' : editableAmount(initial, decimals, locale), decimals, locale }))
  const [left, setLeft] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  const said = useRef(`${locale} ${decimals}`)
  const isReadAnew = field.locale !== locale || field.decimals !== decimals
  const text = isReadAnew ? carriedAmount(field.text, field, { decimals, locale }) : field.text
  if (isReadAnew) setField({ text, decimals, locale })
  const read = parseAmount(text, decimals, locale)

  useEffect(() => {
    const now = `${locale} ${decimals}`
    if (said.current === now) return
    said.current = now
    onChange(read.ok ? read.value : null)
  })

  function change(next: string): void {
    setField({ text: next, decimals, locale })
    const result = parseAmount(next, decimals, locale)
    onChange(result.ok ? result.value : null)
  }
  const fill = (units: bigint): void => change(editableAmount(units, decimals, locale))

  const asked = !read.ok && read.error.code === 'amount.ambiguous' ? read.error : null
  // An empty field is no fault until it was left.
  const problem = read.ok || (read.error.code === 'amount.empty' && !(left && required)) ? null : amountProblem(read.error, t, locale, decimals, symbol)
  return (
    <Field
      label={label}
      hint={hint}
      aside={aside}
      error={problem ?? (read.ok ? error : null)}
      understood={read.ok ? `= ${shown(read.value, decimals, locale, symbol)}` : null}
    >
      {(attributes) => (
        <>
          <div className={control.frame}>
            <input
              {...attributes}
              ref={input}
              type="text"
              inputMode={decimals === 0 ? 'numeric' : 'decimal'}
              autoComplete="off"
              spellCheck={false}
              className={cx(control.control, control.figures)}
              value={text}
              name={name}
              disabled={disabled}
              required={required}
              onChange={(event) => change(event.target.value)}
              onBlur={() => setLeft(true)}
            />
            {symbol !== undefined && <span className={control.suffix}>{isolated(visibleName(symbol, MAX_SYMBOL))}</span>}
            {all !== undefined && (
              <button type="button" className={control.action} disabled={disabled} onClick={() => fill(all)}>
                {t('ui.amount.all')}
              </button>
            )}
          </div>
          {asked !== null && (
            <div className={styles.ask} role="group" aria-label={t('ui.amount.which')}>
              {[asked.asGroups, asked.asDecimal].map((units) => (
                <Button
                  key={String(units)}
                  small
                  onClick={() => {
                    fill(units)
                    // The button goes with the question.
                    input.current?.focus()
                  }}
                >
                  {shown(units, decimals, locale, symbol)}
                </Button>
              ))}
            </div>
          )}
        </>
      )}
    </Field>
  )
}
