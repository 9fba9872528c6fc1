import type { ReactNode } from 'react'
import { colourOf } from './colours'
import styles from './WaterfallBars.module.css'
import type { WaterfallItem } from './WaterfallPicture'
import type { WaterfallRow } from './waterfallRows'

const HEIGHT = 220
const TOP = 22
const BASE = HEIGHT - 1
const LEAST = 2
/** Of its column's width that a bar takes. */
const BAR = 0.66

export interface WaterfallBarsProps {
  readonly rows: readonly WaterfallRow<WaterfallItem>[]
  readonly format: (amount: bigint) => string
}

/** The bars, falling from left to right, joined at their levels. For eyes only: the table beside it says the same. */
export function WaterfallBars({ rows, format }: WaterfallBarsProps): ReactNode {
  const width = 100 / Math.max(1, rows.length)
  const y = (share: number): number => Math.round(BASE - share * (BASE - TOP)) + 0.5
  return (
    <div className={styles.bars} aria-hidden="true">
      <svg className={styles.svg} width="100%" height={HEIGHT}>
        {rows.map(({ item, kind, low, high }, place) => {
          const height = item.amount === 0n ? 0 : Math.max(LEAST, y(low) - y(high))
          const level = y(kind === 'income' ? high : low)
          const middle = `${width * (place + 0.5)}%`
          return (
            <g key={`${kind}-${item.key}`}>
              {place + 1 < rows.length && (
                <line className={styles.level} x1={`${width * (place + 0.5 + BAR / 2)}%`} x2={`${width * (place + 1.5 - BAR / 2)}%`} y1={level} y2={level} />
              )}
              <rect
                x={`${width * (place + 0.5 - BAR / 2)}%`}
                width={`${width * BAR}%`}
                y={Math.min(y(high), BASE - height)}
                height={height}
                fill={colourOf(item.colour)}
              />
              <text className={kind === 'income' ? styles.income : styles.amount} x={middle} y={y(high) - 7} textAnchor="middle">
                {kind === 'step' && item.amount > 0n ? `−${format(item.amount)}` : format(item.amount)}
              </text>
            </g>
          )
        })}
        <line className={styles.base} x1="0" x2="100%" y1={BASE + 0.5} y2={BASE + 0.5} />
      </svg>
      <div className={styles.labels}>
        {rows.map(({ item, kind }) => (
          <span key={`${kind}-${item.key}`} className={styles.label}>
            {item.label}
          </span>
        ))}
      </div>
    </div>
  )
}
