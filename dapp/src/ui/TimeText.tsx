import type { ReactNode } from 'react'
import { isoTime } from '../format/time'
import styles from './TimeText.module.css'

export interface TimeTextProps {
  /** Unix seconds. */
  readonly at: bigint
  /** As it is shown: `formatTime`, or how long ago. */
  readonly text: string
  /** Said when pointed at: the exact time where `text` is a rough one. Default: ISO 8601. */
  readonly title?: string
}

export function TimeText({ at, text, title }: TimeTextProps): ReactNode {
  const iso = isoTime(at)
  // What lies beyond the calendar is no valid dateTime.
  return (
    <time className={styles.time} dateTime={iso.startsWith('@') ? undefined : iso} title={title ?? iso}>
      {text}
    </time>
  )
}
