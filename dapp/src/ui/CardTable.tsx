import type { ReactNode } from 'react'
import css from './CardTable.module.css'
import { cx } from './cx'
import { Table, type Column, type TableProps } from './Table'

/** A table that on a phone becomes a list: each row a card, each cell below the name of its column. */
export function CardTable<Row>({ columns, ...rest }: TableProps<Row>): ReactNode {
  return (
    <div className={css.cards}>
      <Table {...rest} columns={columns.map(labelled)} />
    </div>
  )
}

/** The first column names the row and needs no label; an empty cell has none either, and is not shown. */
function labelled<Row>(column: Column<Row>, place: number): Column<Row> {
  if (place === 0) return column
  return {
    ...column,
    cell: (row) => {
      const cell = column.cell(row)
      if (cell === null || cell === undefined || cell === false) return cell
      return (
        <>
          {/* Screen readers have it from the head, which is there at every width. */}
          <span className={css.label} aria-hidden="true">
            {column.head}
          </span>
          <span className={cx(css.cell, column.wide && css.wide)}>{cell}</span>
        </>
      )
    },
  }
}
