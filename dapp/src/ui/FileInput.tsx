import { useRef, useState, type DragEvent, type ReactNode } from 'react'
import { MAX_NAME, visibleName } from '../format/name'
import { useT } from '../i18n/useT'
import { Button } from './Button'
import { cx } from './cx'
import { Field, type FieldText } from './Field'
import styles from './FileInput.module.css'

export interface FileInputProps extends FieldText {
  readonly onFile: (file: File) => void
  /** As the `accept` attribute: `.csv,.json`. A dropped file is not held to it: the caller looks into the file. */
  readonly accept?: string
  /** Of the file that was taken; may be a stranger's text. */
  readonly chosen?: string | null
  readonly disabled?: boolean
}

/** A file chosen by button or dropped on the field. It stays on this machine. */
export function FileInput({ label, hint, error, aside, onFile, accept, chosen = null, disabled = false }: FileInputProps): ReactNode {
  const t = useT()
  const input = useRef<HTMLInputElement>(null)
  const [over, setOver] = useState(false)

  function take(files: FileList | null): void {
    const file = files?.item(0)
    if (file && !disabled) onFile(file)
  }
  function drop(event: DragEvent): void {
    event.preventDefault()
    setOver(false)
    take(event.dataTransfer.files)
  }
  return (
    <Field label={label} hint={hint} error={error} aside={aside}>
      {(attributes) => (
        <div
          className={cx(styles.drop, over && styles.over)}
          onDragOver={(event) => {
            event.preventDefault()
            setOver(true)
          }}
          onDragLeave={() => setOver(false)}
          onDrop={drop}
        >
          <input
            {...attributes}
            ref={input}
            type="file"
            className={styles.input}
            accept={accept}
            disabled={disabled}
            onChange={(event) => {
              take(event.target.files)
              // The same file may be chosen again after it was changed.
              event.target.value = ''
            }}
          />
          <Button small disabled={disabled} tabIndex={-1} aria-hidden="true" onClick={() => input.current?.click()}>
            {t('ui.file.choose')}
          </Button>
          <span className={styles.chosen}>{chosen === null ? t('ui.file.drop') : <bdi>{visibleName(chosen, MAX_NAME)}</bdi>}</span>
        </div>
      )}
    </Field>
  )
}
