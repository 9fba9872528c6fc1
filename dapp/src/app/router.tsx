import { useMemo, useSyncExternalStore, type ComponentPropsWithRef, type ReactNode } from 'react'

/** Where the page is: `#/fleets/1?as=0x..` is path `/fleets/1` and its query. */
export interface Location {
  readonly path: string
  readonly query: URLSearchParams
}

/** Queries that stay when a person goes on to another page: whom they watch. */
const KEPT = ['as']

/** The location of a hash, with its `#`. An empty one is the front page. */
export function locationOf(hash: string): Location {
  const [path = '', query = ''] = splitOnce(hash.replace(/^#/, ''), '?')
  const trimmed = path.replace(/\/+$/, '')
  return { path: trimmed === '' ? '/' : trimmed, query: new URLSearchParams(query) }
}

/** The hash that leads to `to` from `here`. */
export function hrefTo(to: string, here: Location): string {
  const [path = '', query = ''] = splitOnce(to, '?')
  const kept = new URLSearchParams(query)
  for (const name of KEPT) {
    const value = here.query.get(name)
    if (value !== null && !kept.has(name)) kept.set(name, value)
  }
  // An empty value ends what was kept.
  for (const name of KEPT) if (kept.get(name) === '') kept.delete(name)
  const text = kept.toString()
  return text === '' ? `#${path}` : `#${path}?${text}`
}

/**
 * What `?as=` names at a location: the account that the page is watched as, as it was written; null where nobody is watched. The pages and the writes
 * ask this one function, so that nothing can be written while a page says that it watches.
 */
export function watchedAt({ query }: Location): string | null {
  return query.get('as')
}

export function useLocation(): Location {
  const hash = useSyncExternalStore(onHashChange, () => window.location.hash)
  return useMemo(() => locationOf(hash), [hash])
}

/** Goes to a path of this page; `?as=` is kept. */
export function navigate(to: string): void {
  window.location.hash = hrefTo(to, locationOf(window.location.hash))
}

export interface LinkProps extends Omit<ComponentPropsWithRef<'a'>, 'href'> {
  readonly to: string
}

export function Link({ to, ...rest }: LinkProps): ReactNode {
  const here = useLocation()
  return <a {...rest} href={hrefTo(to, here)} />
}

function onHashChange(tell: () => void): () => void {
  window.addEventListener('hashchange', tell)
  return () => window.removeEventListener('hashchange', tell)
}

function splitOnce(text: string, at: string): [string, string] {
  const place = text.indexOf(at)
  return place < 0 ? [text, ''] : [text.slice(0, place), text.slice(place + 1)]
}
