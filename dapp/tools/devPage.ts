import { readFile } from 'node:fs/promises'
import type { Plugin } from 'vite'

/**
 * What the development server needs and the build does not: the page without its content policy, for hot reloading puts code inline, and a `config.json`
 * beside it, read anew at each load from the file that WELLHEAD_CONFIG names.
 */
export function devPage(): Plugin {
  return {
    name: 'wellhead:dev-page',
    apply: 'serve',
    transformIndexHtml: (html) => html.replace(/<meta\s+http-equiv="Content-Security-Policy"[^>]*>/, ''),
    configureServer(server) {
      server.middlewares.use('/config.json', (_request, response) => {
        const file = process.env['WELLHEAD_CONFIG']
        const text = file === undefined ? Promise.reject(new Error('WELLHEAD_CONFIG names no file')) : readFile(file)
        text.then(
          (config) => response.setHeader('content-type', 'application/json').end(config),
          (error: unknown) => {
            response.statusCode = 404
            response.end(String(error))
          },
        )
      })
    },
  }
}
