import type { ReactNode } from 'react'
import { cx } from '../cx'
import { colourOf, type ChartColour } from './colours'
import { dashOf } from './dashes'
import styles from './Swatch.module.css'

export interface SwatchProps {
  readonly colour: ChartColour
  /** For a line: which of the chart's lines it is, from 0, for its dashes. */
  readonly line?: number
}

/** The colour and pattern that a chart uses, for its key. */
export function Swatch({ colour, line }: SwatchProps): ReactNode {
  if (line !== undefined) {
    return (
      <svg className={styles.line} width="22" height="8" viewBox="0 0 22 8" aria-hidden="true">
        <path d="M0 4H22" stroke={colourOf(colour)} strokeWidth="2" strokeDasharray={dashOf(line).join(' ')} />
      </svg>
    )
  }
  const pattern = colour === 'outage' || colour === 'missing' || colour === 'unknown' ? styles[colour] : undefined
  return (
    <span
      aria-hidden="true"
      className={cx(styles.swatch, colour === 'idle' && styles.edged, pattern)}
      style={pattern ? undefined : { backgroundColor: colourOf(colour) }}
    />
  )
}
