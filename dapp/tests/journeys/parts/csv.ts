/** Reads RFC 4180 text strictly: lines end with CRLF, quotes stand around whole cells, every line has as many cells as the first. Throws on anything else. */
export function parseCsv(text: string): readonly (readonly string[])[] {
  const rows: string[][] = []
  let row: string[] = []
  let at = 0
  while (at < text.length) {
    let cell = ''
    if (text[at] === '"') {
      const found = /"((?:[^"]|"")*)"/y
      found.lastIndex = at
      const match = found.exec(text)
      if (match === null) throw new Error(`a quote is not closed, from ${at}`)
      cell = (match[1] ?? '').replaceAll('""', '"')
      at = found.lastIndex
    } else {
      const found = /[^",\r\n]*/y
      found.lastIndex = at
      cell = found.exec(text)?.[0] ?? ''
      at = found.lastIndex
    }
    row.push(cell)
    if (text[at] === ',') {
      at += 1
    } else if (text.startsWith('\r\n', at)) {
      rows.push(row)
      row = []
      at += 2
    } else {
      throw new Error(`neither a comma nor CRLF at ${at}`)
    }
  }
  if (row.length > 0) throw new Error('the last line has no end')
  const [header] = rows
  if (header === undefined || rows.some(({ length }) => length !== header.length)) throw new Error('lines of different lengths')
  return rows
}

/** The lines below the header, by its names. */
export function csvRecords(text: string): readonly Readonly<Record<string, string>>[] {
  const [header = [], ...rows] = parseCsv(text)
  return rows.map((row) => Object.fromEntries(header.map((name, index) => [name, row[index] ?? ''])))
}
