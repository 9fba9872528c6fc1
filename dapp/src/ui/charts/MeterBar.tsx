import type { ReactNode } from 'react'
import { cx } from '../cx'
import { colourOf, type ChartColour } from './colours'
import styles from './MeterBar.module.css'
import { Swatch } from './Swatch'

export interface MeterPart {
  readonly key: string
  readonly label: string
  /** Of the whole, 0 to 1; drawn only. */
  readonly share: number
  /** As it is said: "93.8 %". */
  readonly text: string
  readonly colour: ChartColour
}

export interface MeterBarProps {
  /** What the whole is: "GPU time of lease 3". */
  readonly label: string
  readonly parts: readonly MeterPart[]
  /** A key with the figures below the bar. Without it they are said to screen readers only. Default true. */
  readonly legend?: boolean
}

/** A whole and its parts on one line. What the parts leave free stays empty. */
export function MeterBar({ label, parts, legend = true }: MeterBarProps): ReactNode {
  const shown = parts.filter((part) => part.share > 0)
  const said = parts.map((part) => `${part.label} ${part.text}`).join(', ')
  const total = Math.max(
    1,
    shown.reduce((sum, part) => sum + part.share, 0),
  )
  return (
    <div>
      <div className={styles.bar} role="img" aria-label={`${label}: ${said}`}>
        {shown.map(({ key, share, colour }) => {
          const pattern = colour === 'outage' || colour === 'missing' || colour === 'unknown' ? styles[colour] : undefined
          const width = `${(share / total) * 100}%`
          return (
            <span
              key={key}
              className={cx(styles.part, colour === 'idle' && styles.edged, pattern)}
              style={pattern ? { width } : { width, backgroundColor: colourOf(colour) }}
            />
          )
        })}
      </div>
      {legend && (
        <ul className={styles.key} aria-hidden="true">
          {parts.map((part) => (
            <li key={part.key}>
              <Swatch colour={part.colour} /> {part.label} <span className={styles.figure}>{part.text}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
