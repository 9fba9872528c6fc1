/** What a statement may hold. A number is a whole one of JavaScript's exact range (a chain id, a count); money, energy and time are bigint. */
export type JsonValue =
  | string
  | bigint
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue }

/**
 * JSON with every bigint as a string of decimal digits, since most readers would round a bare number beyond 2^53. Indented by two, ended by a line
 * feed, no byte order mark. Throws RangeError on a number that is not a safe integer, which JSON or its readers would change in silence.
 */
export function jsonText(value: JsonValue): string {
  return `${JSON.stringify(value, exact, 2)}\n`
}

function exact(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new RangeError(`not a whole exact number: ${value}`)
  return value
}
