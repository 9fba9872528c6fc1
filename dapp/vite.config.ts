import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { FIRST_SCOPES } from './src/i18n/firstScopes.ts'
import { devPage } from './tools/devPage.ts'
import { messages } from './tools/messagesPlugin.ts'

const FIRST_TEXTS = (locale: 'en' | 'fr'): RegExp => new RegExp(`/src/(${FIRST_SCOPES.join('|')})/messages/${locale}\\.json$`)

/**
 * A static build that hosts anywhere under any path: addresses are relative, and nothing is inline, so that the page's strict content policy holds.
 * `build/dapp/.vite/manifest.json` tells tools/size.mjs which chunk imports which.
 */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [messages(), react(), devPage()],
  json: { namedExports: false },
  build: {
    outDir: '../build/dapp',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    // All pages' styles are 10 kB: one file, for a page of many parts waited for five.
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    manifest: true,
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            // Every page reads the chain: what reads it comes once, with the shell, and not in pieces with each page.
            { name: 'reading', test: /\/src\/chain\/read\/(?!proof)/, priority: 2 },
            // What the shell itself needs, so that the next group has none of it.
            { name: 'shell', tags: ['$initial'], priority: 1 },
            // What most pages are made of comes in one piece: thirty small ones wait in line for six connections.
            { name: 'common', test: /\/src\/(ui|format|domain|node|chain)\/.*\.tsx?$/, minShareCount: 5 },
            // The texts the shell begins with, one file a language.
            { name: 'texts-en', test: FIRST_TEXTS('en') },
            { name: 'texts-fr', test: FIRST_TEXTS('fr') },
          ],
        },
      },
    },
  },
  server: { host: '127.0.0.1', port: 5173 },
})
