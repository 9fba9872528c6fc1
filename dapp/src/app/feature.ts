import type { ReactNode } from 'react'

/** The parts of a route's path that begin with a colon, by name: `/fleets/:fleetId` gives `{ fleetId }`. As the person typed them. */
export type Params = Readonly<Record<string, string>>

export interface PageProps {
  readonly params: Params
}

export interface Route {
  readonly path: string
  /** The page's chunk. */
  readonly page: () => Promise<{ readonly Page: (props: PageProps) => ReactNode }>
}

/** One folder of `src/features`, as the shell sees it. Its texts are loaded with its pages, so what the menu says stands here. */
export interface Feature {
  /** The folder's name. */
  readonly id: string
  /** Its place in the menu, ascending; none for a feature that is reached from others only. */
  readonly nav?: { readonly order: number; readonly to: string; readonly label: { readonly en: string; readonly fr: string } }
  readonly routes: readonly Route[]
  /** Folders below `src`, outside the feature, whose texts its pages show: `verify`. */
  readonly texts?: readonly string[]
}
