import { lazy, type LazyExoticComponent, type ReactNode } from 'react'
import { loadScopes } from '../i18n/scopes'
import type { Feature, PageProps, Params, Route } from './feature'
import { matchPath } from './matchPath'

/** Every folder of `src/features`: adding one is all it takes. */
const FOUND = import.meta.glob<{ readonly feature: Feature }>('../features/*/feature.ts', { eager: true })

export const FEATURES: readonly Feature[] = Object.values(FOUND).map(({ feature }) => feature)

/** The features with a place in the menu, in its order. */
export const MENU = FEATURES.flatMap(({ id, nav }) => (nav === undefined ? [] : [{ id, ...nav }])).sort(
  (one, other) => one.order - other.order,
)

export interface Destination {
  readonly feature: Feature
  readonly route: Route
  readonly Page: LazyExoticComponent<(props: PageProps) => ReactNode>
  readonly params: Params
}

const ROUTES = FEATURES.flatMap((feature) => feature.routes.map((route) => ({ feature, route, Page: pageOf(feature, route) })))

/**
 * Begins to fetch code and texts, in the active language, of the page at a path, while configuration and the shell's texts are on their way. What cannot be fetched is
 * asked for again, and told, when it is shown.
 */
export function beginPage(path: string): void {
  const destination = destinationOf(path)
  if (destination !== null) partsOf(destination.feature, destination.route).catch(() => undefined)
}

/** The page at a path, or null. A route without parameters goes before one with them. */
export function destinationOf(path: string): Destination | null {
  const fitting = ROUTES.flatMap(({ feature, route, Page }) => {
    const params = matchPath(route.path, path)
    return params === null ? [] : [{ feature, route, Page, params }]
  })
  return fitting.sort((one, other) => Object.keys(one.params).length - Object.keys(other.params).length)[0] ?? null
}

/** A page's code and its feature's texts, fetched side by side. */
function pageOf(feature: Feature, route: Route): Destination['Page'] {
  return lazy(async () => ({ default: (await partsOf(feature, route)).Page }))
}

async function partsOf(feature: Feature, route: Route): ReturnType<Route['page']> {
  const [page] = await Promise.all([route.page(), loadScopes([`features/${feature.id}`, ...(feature.texts ?? [])])])
  return page
}
