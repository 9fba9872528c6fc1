import type { ReactNode } from 'react'
import { colourOf, type ChartColour } from './colours'
import { sparkPaths } from './sparkPaths'
import styles from './Sparkline.module.css'

export interface SparklineProps {
  /** What it shows, in words with its figures: "busy over 48 hours, now 64 %". */
  readonly label: string
  /** Evenly spaced; null is a gap. */
  readonly values: readonly (number | null)[]
  readonly colour?: ChartColour
  /** Of the value axis; default: 0 (or the least, if below) to the greatest. */
  readonly range?: readonly [least: number, most: number]
}

/** A line the size of a word. */
export function Sparkline({ label, values, colour = 'busy', range }: SparklineProps): ReactNode {
  const { line, area } = sparkPaths(values, range)
  return (
    <svg className={styles.spark} viewBox="0 0 100 24" preserveAspectRatio="none" role="img" aria-label={label}>
      <path className={styles.base} d="M0 23.5H100" />
      <path d={area} fill={colourOf(colour)} opacity="0.16" />
      <path d={line} className={styles.line} stroke={colourOf(colour)} />
    </svg>
  )
}
