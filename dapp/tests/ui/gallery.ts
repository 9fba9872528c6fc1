import react from '@vitejs/plugin-react'
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize, resolve } from 'node:path'
import { build, type Plugin } from 'vite'
import { messages } from '../../tools/messagesPlugin.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' }

/** The page's own policy, as a header. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; " +
  "require-trusted-types-for 'script'; trusted-types 'none'"

/** The gallery has the kit's texts alone: those of other folders are empty here. */
const ownTexts: Plugin = {
  name: 'wellhead:own-texts',
  enforce: 'pre',
  load: { filter: { id: /\/src\/(?!ui\/).*messages\/(?:en|fr)\.json$/ }, handler: () => '{}' },
}

/** Builds the gallery as the page is built, but into a folder of its own: it is never shipped. */
export async function buildGallery(outDir: string): Promise<void> {
  await build({
    configFile: false,
    root: ROOT,
    base: './',
    logLevel: 'warn',
    plugins: [ownTexts, messages(), react()],
    json: { namedExports: false },
    build: {
      outDir,
      emptyOutDir: true,
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      manifest: true,
      rolldownOptions: { input: join(ROOT, 'gallery.html') },
    },
  })
}

/** Serves a folder on a free port under the page's policy. */
export async function serveGallery(folder: string): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://gallery').pathname)
    readFile(join(folder, path)).then(
      (body) => response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream', 'content-security-policy': POLICY }).end(body),
      () => response.writeHead(404).end(),
    )
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/gallery.html`, server }
}
