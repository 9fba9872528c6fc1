/** A bigint is an amount, count or time and is written in decimal digits; text is written as it is. Negative numbers do not occur here. */
export type CsvCell = string | bigint

/** What a spreadsheet takes for the start of a formula, also after spaces and in its full-width forms. */
const FORMULA = /^[\t\r\n]|^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]/
/**
 * The same inside a cell. Excel in French cuts at semicolons, not at commas: it then takes the quotes for text, and what stands after a
 * semicolon, a tab or a line break for a cell of its own.
 */
const CUTS = /[;\t\r\n]/
const BEGINS_FORMULA = /[=+\-@\uff1d\uff0b\uff0d\uff20]/

/**
 * A table as RFC 4180 text: commas, lines ended by CRLF (the last too), cells quoted where they hold a comma, a quote, a line break or a space
 * at an edge. The language does not change it: numbers have a point and no groups.
 *
 * - A text cell that begins with = + - @, a tab, a CR or a LF gets a leading apostrophe, which spreadsheets take for "this is text" and a
 *   reader sees; so does each of = + - @ after a semicolon, tab or line break inside a cell. No figure is changed by it: a bigint is not
 *   negative.
 * - It begins with a UTF-8 byte order mark (U+FEFF): without one Excel reads `é` as two letters, and people open this file there. Programs
 *   read the JSON, which has none.
 * - Figures are exact in the file; a spreadsheet keeps 15 digits of them.
 *
 * Throws RangeError on a row whose length is not the header's and on a negative bigint: both are mistakes of the caller.
 */
export function csvText(header: readonly string[], rows: readonly (readonly CsvCell[])[]): string {
  const lines = [header, ...rows].map((row, index) => {
    if (row.length !== header.length) throw new RangeError(`row ${index}: ${row.length} cells, not ${header.length}`)
    // A lone empty cell would be an empty line, which readers skip.
    return row.length === 1 && row[0] === '' ? '""' : row.map(csvCell).join(',')
  })
  return `\ufeff${lines.map((line) => `${line}\r\n`).join('')}`
}

function csvCell(cell: CsvCell): string {
  if (typeof cell === 'bigint') {
    if (cell < 0n) throw new RangeError(`negative number: ${cell}`)
    return cell.toString()
  }
  const inner = withoutInnerFormulas(cell)
  const text = FORMULA.test(cell) ? `'${inner}` : inner
  return /[",\r\n\t]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** One pass, for a stranger's text may be long: an expression that looks behind over spaces would look at all of them at each. */
function withoutInnerFormulas(cell: string): string {
  let written = ''
  let from = 0
  let begins = false
  for (let at = 0; at < cell.length; at += 1) {
    const character = cell.charAt(at)
    if (begins && BEGINS_FORMULA.test(character)) {
      written += `${cell.slice(from, at)}'`
      from = at
    }
    begins = CUTS.test(character) || (begins && /\s/.test(character))
  }
  return written + cell.slice(from)
}
