import { compileMessageOrThrow } from '@lingui/message-utils/compileMessage'
import type { Plugin } from 'vite'

const CATALOG = /\/src\/(?:.+\/)?messages\/(?:en|fr)\.json$/

/**
 * Compiles every catalog `messages/{en,fr}.json` below `src` (flat objects, id to ICU text) to the lists of tokens that Lingui reads, so that no ICU
 * parser is shipped. What it hands on is JSON again: Vite makes the module of it. The build stops at a text that is no ICU message, naming file and id.
 */
export function messages(): Plugin {
  return {
    name: 'wellhead:messages',
    enforce: 'pre',
    transform: {
      filter: { id: CATALOG },
      handler(code, id) {
        try {
          return { code: compileCatalog(code), map: null }
        } catch (error) {
          return this.error(`${id}: ${error instanceof Error ? error.message : String(error)}`)
        }
      },
    },
  }
}

/** The compiled catalog as JSON. Throws an Error that names the id where the catalog is not flat or a text is no ICU message. */
export function compileCatalog(json: string): string {
  const catalog: unknown = JSON.parse(json)
  if (typeof catalog !== 'object' || catalog === null || Array.isArray(catalog)) throw new Error('a catalog is an object of texts by id')
  const compiled = Object.entries(catalog).map(([id, text]: [string, unknown]) => {
    if (typeof text !== 'string') throw new Error(`${id} is not a text: catalogs are flat`)
    return [id, compiledText(id, text)] as const
  })
  return JSON.stringify(Object.fromEntries(compiled))
}

function compiledText(id: string, text: string): unknown {
  try {
    return compileMessageOrThrow(text)
  } catch (error) {
    throw new Error(`${id} is not an ICU message: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}
