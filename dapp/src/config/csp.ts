import type { Config } from './schema'

/**
 * Lets the page connect to itself and to exactly the configured origins, by a second policy beside that of index.html: of two policies both hold, so this
 * can only take away. Before the first request, since a policy does not reach back. A fleet's documents are at whatever URI its operator wrote: those of the
 * configured sites are fetched, of others the page hashes the file that a person has downloaded.
 */
export function narrowCsp(config: Config, page: Document = document): void {
  const meta = page.createElement('meta')
  meta.httpEquiv = 'Content-Security-Policy'
  meta.content = `connect-src ${connectSources(config).join(' ')}`
  page.head.append(meta)
}

/** `'self'` and the origins of RPCs, nodes, indexer and documents, each once. */
export function connectSources(config: Config): string[] {
  const urls = [...config.chain.rpcs, ...config.nodes, ...(config.indexer === null ? [] : [config.indexer]), ...config.documents]
  return ["'self'", ...new Set(urls.map((url) => new URL(url).origin))]
}
