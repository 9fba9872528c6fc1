import { useId, type ReactNode } from 'react'
import styles from './Progress.module.css'

export interface ProgressProps {
  readonly label: ReactNode
  /** 0 to 1; null while it is not known how far it is. */
  readonly value: number | null
  /** "3 of 12". */
  readonly text?: string
}

/** How far something that runs has come. For a share of a whole take MeterBar. */
export function Progress({ label, value, text }: ProgressProps): ReactNode {
  const id = useId()
  const done = value === null || Number.isNaN(value) ? null : Math.min(1, Math.max(0, value))
  return (
    <div className={styles.progress}>
      <div className={styles.head}>
        <span id={id}>{label}</span>
        {text !== undefined && <span className={styles.text}>{text}</span>}
      </div>
      <div
        role="progressbar"
        className={styles.track}
        aria-labelledby={id}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={done === null ? undefined : Math.floor(done * 100)}
        aria-valuetext={text}
      >
        <span className={done === null ? styles.moving : styles.done} style={done === null ? undefined : { width: `${done * 100}%` }} />
      </div>
    </div>
  )
}
