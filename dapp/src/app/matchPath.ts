import type { Params } from './feature'

/** The parameters of `path` under `pattern` (`/fleets/:fleetId`), or null where it does not fit. Ends, empty parts and case count. */
export function matchPath(pattern: string, path: string): Params | null {
  const wanted = pattern.split('/')
  const given = path.split('/')
  if (wanted.length !== given.length) return null
  const params: Record<string, string> = {}
  for (const [index, part] of wanted.entries()) {
    const piece = given[index] ?? ''
    if (!part.startsWith(':')) {
      if (part !== piece) return null
      continue
    }
    const value = decoded(piece)
    if (value === null || value === '') return null
    params[part.slice(1)] = value
  }
  return params
}

function decoded(piece: string): string | null {
  try {
    return decodeURIComponent(piece)
  } catch {
    return null
  }
}
