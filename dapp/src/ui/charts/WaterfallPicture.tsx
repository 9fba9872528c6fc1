import type { ReactNode } from 'react'
import { useT } from '../../i18n/useT'
import { AmountText } from '../AmountText'
import { Table, type Column } from '../Table'
import { colourOf, type ChartColour } from './colours'
import { Swatch } from './Swatch'
import { WaterfallBars } from './WaterfallBars'
import styles from './WaterfallPicture.module.css'
import { waterfallRows, type WaterfallRow } from './waterfallRows'

export interface WaterfallItem {
  readonly key: string
  readonly label: string
  /** In smallest units. */
  readonly amount: bigint
  readonly colour: ChartColour
  /** What it is, or why it is so much; in the table. */
  readonly note?: string
}

export interface WaterfallPictureProps {
  readonly title: string
  /** Behind the title, quietly: the token, when. */
  readonly note?: ReactNode
  /** What came in: rent, and what the reserve gave. */
  readonly income: readonly WaterfallItem[]
  /** In the order in which they are paid. */
  readonly steps: readonly WaterfallItem[]
  /** An amount for the table, exact. */
  readonly format: (amount: bigint) => string
  /** An amount over a bar, short; default: `format`. */
  readonly formatShort?: (amount: bigint) => string
}

/** A distribution as a picture: what came in, what each step took of it, what was left. The table beside it holds all of it; on a phone it is the picture. */
export function WaterfallPicture({ title, note, income, steps, format, formatShort = format }: WaterfallPictureProps): ReactNode {
  const t = useT()
  const rows = waterfallRows(income, steps)
  const columns: Column<WaterfallRow<WaterfallItem>>[] = [
    { key: 'item', head: t('ui.waterfall.item'), cell: (row) => <Item row={row} /> },
    {
      key: 'amount',
      head: t('ui.waterfall.amount'),
      numeric: true,
      cell: ({ item, kind }) => (
        <>
          {kind === 'step' && item.amount > 0n && <span className={styles.sign}>−</span>}
          <AmountText text={format(item.amount)} strong={kind === 'income'} />
        </>
      ),
    },
    { key: 'left', head: t('ui.waterfall.left'), numeric: true, spare: true, cell: ({ left }) => <AmountText text={format(left)} /> },
  ]
  return (
    <figure className={styles.picture}>
      <figcaption className={styles.caption}>
        <strong>{title}</strong>
        {note !== undefined && <span className={styles.note}> {note}</span>}
      </figcaption>
      <div className={styles.parts}>
        <WaterfallBars rows={rows} format={formatShort} />
        <div>
          <Table caption={title} captionHidden dense columns={columns} rows={rows} rowKey={({ item, kind }) => `${kind}-${item.key}`} />
        </div>
      </div>
    </figure>
  )
}

function Item({ row }: { readonly row: WaterfallRow<WaterfallItem> }): ReactNode {
  const { item, low, high } = row
  return (
    <>
      <span className={styles.item}>
        <Swatch colour={item.colour} />
        <span>
          {item.label}
          {item.note !== undefined && <span className={styles.why}>{item.note}</span>}
        </span>
      </span>
      <span className={styles.track} aria-hidden="true">
        <span className={styles.bar} style={{ left: `${low * 100}%`, width: `${(high - low) * 100}%`, backgroundColor: colourOf(item.colour) }} />
      </span>
    </>
  )
}
