/**
 * A formatted amount in three: up to the second decimal, the decimals beyond, and what follows the number. Joined they are the text itself. `decimalSign` is the
 * language's: without it `1,234` could be either.
 */
export function splitTail(text: string, decimalSign: '.' | ','): readonly [read: string, tail: string, rest: string] {
  const found = (decimalSign === '.' ? POINT : COMMA).exec(text)
  if (found === null) return [text, '', '']
  const [, read = '', tail = '', rest = ''] = found
  return [read, tail, rest]
}

const POINT = /^([^.]*[0-9]\.[0-9]{2})([0-9]+)([^]*)$/
const COMMA = /^([^,]*[0-9],[0-9]{2})([0-9]+)([^]*)$/

/** A formatted amount without its symbol, and the symbol with the space before it. No symbol holds such a space: names have plain ones. */
export function splitSymbol(text: string): readonly [number: string, symbol: string] {
  const place = text.search(/(?<=[0-9])\u00a0/u)
  return place < 0 ? [text, ''] : [text.slice(0, place), text.slice(place)]
}
