import type { ReactNode } from 'react'
import { VisuallyHidden } from './VisuallyHidden'
import styles from './Skeleton.module.css'

export interface SkeletonProps {
  /** What is being fetched, for screen readers; the others see the shape. */
  readonly label: string
  readonly lines?: number
  /** In CSS pixels, instead of lines: a chart's place, so that nothing jumps. */
  readonly height?: number
}

export function Skeleton({ label, lines = 3, height }: SkeletonProps): ReactNode {
  return (
    <div role="status" data-loading className={styles.skeleton}>
      <VisuallyHidden>{label}</VisuallyHidden>
      {height === undefined ? (
        Array.from({ length: lines }, (_, line) => <span key={line} className={styles.line} />)
      ) : (
        <span className={styles.block} style={{ height }} />
      )}
    </div>
  )
}
