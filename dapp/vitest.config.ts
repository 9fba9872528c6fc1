import { defineConfig } from 'vitest/config'
import { messages } from './tools/messagesPlugin.ts'

/** Unit tests only: what needs a browser is in `tests/`, and is Playwright's. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [messages()],
  json: { namedExports: false },
  test: {
    include: ['src/**/*.test.{ts,tsx}', 'tools/**/*.test.ts'],
    testTimeout: 20_000,
    maxWorkers: 2,
    cache: false,
  },
})
