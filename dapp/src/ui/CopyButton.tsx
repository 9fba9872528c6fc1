import { useEffect, useState, type ReactNode } from 'react'
import { useT } from '../i18n/useT'
import { cx } from './cx'
import styles from './CopyButton.module.css'
import { VisuallyHidden } from './VisuallyHidden'

export interface CopyButtonProps {
  readonly text: string
  /** What is copied, for screen readers: "address of the share". */
  readonly label: string
}

const SHOWN_FOR = 2000

/** Puts a text on the clipboard and says whether that worked. */
export function CopyButton({ text, label }: CopyButtonProps): ReactNode {
  const t = useT()
  const [said, setSaid] = useState<'copied' | 'refused' | null>(null)
  useEffect(() => {
    if (said === null) return
    const timer = setTimeout(() => setSaid(null), SHOWN_FOR)
    return () => clearTimeout(timer)
  }, [said])

  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(text)
      setSaid('copied')
    } catch {
      // Not on https, or the browser was told to refuse.
      setSaid('refused')
    }
  }
  return (
    <span className={styles.holder}>
      <button
        type="button"
        className={cx(styles.copy, said !== null && styles.said)}
        aria-label={t('ui.copy.label', { what: label })}
        title={t('ui.copy')}
        onClick={() => void copy()}
      >
        <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true" className={styles.icon}>
          {said === 'copied' ? <path d="M2.5 7.5l3 3 6-7" /> : <path d="M4.5 4.5v-3h8v8h-3M1.5 4.5h8v8h-8z" />}
        </svg>
      </button>
      <span role="status" className={styles.status}>
        {said === 'copied' && <VisuallyHidden>{t('ui.copied')}</VisuallyHidden>}
        {said === 'refused' && t('ui.copy.refused')}
      </span>
    </span>
  )
}
