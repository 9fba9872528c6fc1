import { useId, type ReactNode } from 'react'
import { cx } from './cx'
import styles from './Table.module.css'
import { VisuallyHidden } from './VisuallyHidden'

export interface Column<Row> {
  readonly key: string
  readonly head: ReactNode
  readonly cell: (row: Row) => ReactNode
  /** Set right, in figures of one width, never broken. */
  readonly numeric?: boolean
  /** Never broken, such as a time. */
  readonly whole?: boolean
  /** As wide as its card on a phone, below its label: see CardTable. */
  readonly wide?: boolean
  /** Left out on a phone: what it says follows from the other columns. */
  readonly spare?: boolean
  /** The way the rows are sorted by this column, or `none` if they could be; with `onSort`. */
  readonly sort?: 'ascending' | 'descending' | 'none'
}

export interface TableProps<Row> {
  readonly caption: string
  /** For where a heading just above says the same; screen readers still get it. */
  readonly captionHidden?: boolean
  /** The first column names its row. */
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly rowKey: (row: Row) => string
  /** A column's head was pressed; the caller sorts. */
  readonly onSort?: (key: string) => void
  /** Cells of the last row, one a column: sums. */
  readonly foot?: readonly ReactNode[]
  /** Instead of rows, where there are none. */
  readonly empty?: ReactNode
  readonly dense?: boolean
  /** Not higher than this; the head stays in sight while the rest moves. */
  readonly height?: 'any' | 'screen'
}

/** A table in a region of its own that scrolls sideways where the page is too narrow, so that the page never does. */
export function Table<Row>(props: TableProps<Row>): ReactNode {
  const { caption, captionHidden = false, columns, rows, rowKey, onSort, foot, empty, dense = false, height = 'any' } = props
  const id = useId()
  return (
    <div className={cx(styles.region, height === 'screen' && styles.limited)} role="region" aria-labelledby={id} tabIndex={0}>
      <table className={cx(styles.table, dense && styles.dense)}>
        <caption className={styles.caption} id={id}>
          {captionHidden ? <VisuallyHidden>{caption}</VisuallyHidden> : <span className={styles.words}>{caption}</span>}
        </caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.key} scope="col" className={cx(column.numeric && styles.numeric, column.spare && styles.spare)} aria-sort={column.sort}>
                {column.sort !== undefined && onSort !== undefined ? (
                  <button type="button" className={styles.sort} onClick={() => onSort(column.key)}>
                    {column.head}
                    <span className={styles.arrow} aria-hidden="true" />
                  </button>
                ) : (
                  column.head
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)}>
              {columns.map((column, place) => (
                <Cell key={column.key} head={place === 0} column={column} body={column.cell(row)} />
              ))}
            </tr>
          ))}
          {rows.length === 0 && empty !== undefined && (
            <tr>
              <td className={styles.empty} colSpan={columns.length}>
                {empty}
              </td>
            </tr>
          )}
        </tbody>
        {foot !== undefined && (
          <tfoot>
            <tr>
              {columns.map((column, place) => (
                <Cell key={column.key} head={place === 0} column={column} body={foot[place]} />
              ))}
            </tr>
          </tfoot>
        )}
      </table>
    </div>
  )
}

function Cell<Row>({ head, column, body }: { readonly head: boolean; readonly column: Column<Row>; readonly body: ReactNode }): ReactNode {
  const className = cx(column.numeric && styles.numeric, column.whole && styles.whole, column.spare && styles.spare)
  return head ? (
    <th scope="row" className={className}>
      {body}
    </th>
  ) : (
    <td className={className}>{body}</td>
  )
}
