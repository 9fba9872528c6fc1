/** A part of a key: bigints are told from numbers and strings. */
export type KeyPart = string | number | bigint | boolean | null | undefined | readonly KeyPart[] | { readonly [key: string]: KeyPart }

/** A key as text, the same for equal keys and no others: TanStack's own cannot write bigints. Fields of objects in any order. */
export function hashKey(key: readonly unknown[]): string {
  return JSON.stringify(key, (_, value: unknown) => {
    if (typeof value === 'bigint') return { '#bigint': value.toString() }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
  })
}
