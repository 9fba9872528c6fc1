import fc from 'fast-check'
import { expect, test } from 'vitest'
import { csvText } from './csv'
import { jsonText, type JsonValue } from './json'

/** A strict reader of RFC 4180, one character at a time; throws on what the RFC does not allow. */
function readCsv(text: string): string[][] {
  const rows: string[][] = []
  let at = 0
  while (at < text.length) {
    const row: string[] = []
    for (;;) {
      let cell = ''
      if (text[at] === '"') {
        for (at += 1; ; at += 1) {
          if (at >= text.length) throw new Error('open quote')
          if (text[at] !== '"') cell += text.charAt(at)
          else if (text[at + 1] === '"') {
            cell += '"'
            at += 1
          } else break
        }
        at += 1
      } else {
        for (; at < text.length && !',\r\n'.includes(text.charAt(at)); at += 1) {
          if (text[at] === '"') throw new Error('bare quote')
          cell += text.charAt(at)
        }
      }
      row.push(cell)
      if (text[at] !== ',') break
      at += 1
    }
    if (text.slice(at, at + 2) !== '\r\n') throw new Error(`no CRLF at ${at}`)
    at += 2
    rows.push(row)
  }
  return rows
}

test('a table is lines of commas ended by CRLF after a byte order mark', () => {
  expect(csvText(['day', 'units', 'note'], [['2027-01-15', 451_200_000n, 'Été'], ['2027-01-16', 0n, '']])).toBe(
    '\ufeffday,units,note\r\n2027-01-15,451200000,Été\r\n2027-01-16,0,\r\n',
  )
  expect(csvText(['a'], [])).toBe('\ufeffa\r\n')
  expect(new TextEncoder().encode(csvText(['a'], [])).slice(0, 3)).toEqual(Uint8Array.of(0xef, 0xbb, 0xbf))
})

test('commas, quotes, line breaks and edge spaces are quoted', () => {
  expect(csvText(['a', 'b'], [['x,y', 'say "hi"'], ['1\n2', ' x']])).toBe('\ufeffa,b\r\n"x,y","say ""hi"""\r\n"1\n2"," x"\r\n')
  expect(csvText(['a'], [['']])).toBe('\ufeffa\r\n""\r\n')
})

test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\rx', '\nx', ' =1', '\u00a0=1', '＝1', '＋1', '－1', '＠x', '=HYPERLINK("https://x","y")'])(
  'the cell %j is no formula',
  (cell) => {
    const written = readCsv(csvText(['a', 'b'], [['x', cell]]).slice(1))[1]?.[1] ?? ''
    expect(written.startsWith("'")).toBe(true)
    expect(written.slice(1).replaceAll("'", '')).toBe(cell)
  },
)

test.each([' ', '\t', '; ', '\r\n'])('100 kB of %j are written at once', (piece) => {
  const cell = `;${piece.repeat(100_000 / piece.length)}x`
  const began = performance.now()
  const written = readCsv(csvText(['a'], [[cell]]).slice(1))[1]?.[0] ?? ''
  expect(performance.now() - began).toBeLessThan(1_000)
  expect(written).toBe(cell)
})

test('every formula behind a cut is neutralised, and no other character is touched', () => {
  const slow = (cell: string): string => cell.replace(/(?<=[;\t\r\n]\s*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])/g, "'")
  const cells = fc.string({ unit: fc.constantFrom(';', '\t', '\n', ' ', '\u00a0', '=', '+', '-', '@', '\uff1d', 'x'), maxLength: 40 })
  fc.assert(
    fc.property(cells, (rest) => {
      const cell = `x${rest}`
      expect(readCsv(csvText(['a', 'b'], [['x', cell]]).slice(1))[1]?.[1]).toBe(slow(cell))
    }),
  )
})

test('a header is neutralised like a cell', () => {
  expect(csvText(['=1'], [])).toBe("\ufeff'=1\r\n")
})

test('a formula behind a semicolon or line break is none either, for a spreadsheet that cuts there', () => {
  expect(csvText(['a', 'b'], [['x;=1', 'y\r\n =1']])).toBe(`\ufeffa,b\r\nx;'=1,"y\r\n '=1"\r\n`)
})

const hostileCell = fc.string({ unit: fc.constantFrom(...'=+-@\t\r\n",;\' aé＝1\u00a0'), maxLength: 12 })

test('whatever the cells, a strict reader gets them back, apart from apostrophes before formulas', () => {
  const rows = fc.array(fc.tuple(hostileCell, fc.bigInt(0n, 2n ** 256n - 1n), hostileCell), { maxLength: 5 })
  fc.assert(
    fc.property(rows, (table) => {
      const read = readCsv(csvText(['a', 'b', 'c'], table).slice(1)).slice(1)
      const bare = (cell: string | undefined) => cell?.replaceAll("'", '')
      expect(read.map((row) => [bare(row[0]), row[1], bare(row[2])])).toEqual(
        table.map(([first, amount, last]) => [bare(first), amount.toString(), bare(last)]),
      )
    }),
    { numRuns: 1000 },
  )
})

test('whatever the cells, none is a formula where the file is cut at commas, nor where it is cut at semicolons', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(hostileCell, hostileCell), { minLength: 1, maxLength: 5 }), (table) => {
      const text = csvText(['a', 'b'], table).slice(1)
      expect(readCsv(text).flat().filter((cell) => /^\s*[=+\-@＝]|^[\t\r\n]/.test(cell))).toEqual([])
      // Cut at semicolons: a quote at the start of a line is still a quote; the harshest reading takes none as such.
      expect(text.split(/[;\t\r\n]/).filter((cell) => /^\s*[=+\-@＝]/.test(cell))).toEqual([])
    }),
    { numRuns: 1000 },
  )
})

test('a ragged row and a negative number are mistakes of the caller', () => {
  expect(() => csvText(['a', 'b'], [['x']])).toThrow(RangeError)
  expect(() => csvText(['a'], [[-1n]])).toThrow(RangeError)
})

test('JSON keeps every bigint to the last digit, as text', () => {
  expect(jsonText({ units: 2n ** 96n - 1n, chainId: 1, open: true, none: null, list: [1n] })).toBe(
    '{\n  "units": "79228162514264337593543950335",\n  "chainId": 1,\n  "open": true,\n  "none": null,\n  "list": [\n    "1"\n  ]\n}\n',
  )
  fc.assert(
    fc.property(fc.bigInt(), fc.string({ unit: 'grapheme' }), (units, name) => {
      const back: unknown = JSON.parse(jsonText({ units, name }))
      expect(back).toEqual({ units: units.toString(), name })
    }),
  )
})

test.each([1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('the number %d is refused, not rounded', (value) => {
  const statement: JsonValue = { deep: [{ value }] }
  expect(() => jsonText(statement)).toThrow(RangeError)
})
