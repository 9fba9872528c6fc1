import { useEffect, useId, useRef, type MouseEvent, type ReactNode } from 'react'
import { useT } from '../i18n/useT'
import { cx } from './cx'
import styles from './Dialog.module.css'

export interface DialogProps {
  readonly open: boolean
  readonly title: ReactNode
  /** Escape, the close button or a click beside it. The caller sets `open` to false. */
  readonly onClose: () => void
  /** Buttons, at the end. */
  readonly footer?: ReactNode
  readonly size?: 'narrow' | 'normal' | 'wide'
  readonly children: ReactNode
}

/** A modal dialog of the browser's own: what is behind is inert and does not scroll, and focus goes back to where it was. */
export function Dialog({ open, title, onClose, footer, size = 'normal', children }: DialogProps): ReactNode {
  const t = useT()
  const id = useId()
  const dialog = useRef<HTMLDialogElement>(null)
  const before = useRef<Element | null>(null)

  useEffect(() => {
    const element = dialog.current
    if (element === null || !open) return
    before.current = document.activeElement
    element.showModal()
    return () => {
      element.close()
      // The browser gives focus back by itself only where the element is closed before it leaves the page.
      if (before.current instanceof HTMLElement && before.current.isConnected) before.current.focus()
    }
  }, [open])

  function beside(event: MouseEvent): void {
    if (event.target === dialog.current) onClose()
  }
  if (!open) return null
  return (
    <dialog
      ref={dialog}
      className={cx(styles.dialog, styles[size])}
      aria-labelledby={id}
      onCancel={(event) => {
        if (event.target !== dialog.current) return
        event.preventDefault()
        onClose()
      }}
      onClick={beside}
    >
      <div className={styles.sheet}>
        <header className={styles.head}>
          <h2 id={id} className={styles.title} tabIndex={-1}>
            {title}
          </h2>
          <button type="button" className={styles.close} aria-label={t('ui.dialog.close')} onClick={onClose}>
            <span aria-hidden="true">×</span>
          </button>
        </header>
        <div className={styles.body}>{children}</div>
        {footer !== undefined && <footer className={styles.foot}>{footer}</footer>}
      </div>
    </dialog>
  )
}
