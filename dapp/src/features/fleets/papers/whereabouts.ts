/**
 * Where a document can be had. `here`: from an origin that this page may connect to, so it can be fetched and hashed at once. `elsewhere`: at a link that a
 * person can open, to choose the downloaded file then. `nowhere`: what the operator wrote leads to no place on the web.
 */
export type Whereabouts =
  | { readonly kind: 'here'; readonly url: string }
  | { readonly kind: 'elsewhere'; readonly url: string }
  | { readonly kind: 'nowhere' }

const MAX_URI = 2048

/** `origins`: those the page's policy lets it connect to. A relative address is none: it would mean another place on each host of this page. */
export function whereaboutsOf(uri: string, origins: readonly string[]): Whereabouts {
  if (uri.length > MAX_URI || !/^https?:\/\//i.test(uri) || !URL.canParse(uri)) return { kind: 'nowhere' }
  const url = new URL(uri)
  if (url.username !== '' || url.password !== '') return { kind: 'nowhere' }
  return { kind: origins.includes(url.origin) ? 'here' : 'elsewhere', url: url.href }
}
