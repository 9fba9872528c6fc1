import { readFileSync } from 'node:fs'
import type { Address, Hex } from 'viem'

/**
 * A live market on loopback, as `python -m scripts.stage.live --json` prints it once it is ready: chain, page, nodes' APIs, indexer, every contract's
 * address by name, the test stablecoin, the demo's private keys by whom they belong to, and an inventory file that an operator may register.
 */
export interface World {
  readonly rpcUrl: string
  /** Where the page and its `config.json` are, ending in a slash. */
  readonly pageUrl: string
  readonly nodes: readonly string[]
  readonly indexer: string | null
  readonly contracts: Readonly<Record<string, Address>>
  /** The stablecoin that rent and shares are paid in; 6 decimals. */
  readonly currency: Address
  readonly keys: Readonly<Record<string, Hex>>
  readonly newcomersInventory: string
}

/** Where the running world is described for the test processes: a file that globalSetup names. */
export const WORLD_FILE = 'WELLHEAD_WORLD'

/** The world that runs. Throws an Error that says what to do where there is none. */
export function readWorld(): World {
  const file = process.env[WORLD_FILE]
  if (file === undefined || file === 'none') throw new Error(`no world runs: leave ${WORLD_FILE} unset, or name the file in which a running one is described`)
  return parseWorld(readFileSync(file, 'utf8'))
}

/** The world of its JSON line. Throws an Error that names what is missing or has another shape. */
export function parseWorld(line: string): World {
  const found: unknown = JSON.parse(line)
  const contracts = recordOf(found, 'contracts')
  const pageUrl = textOf(found, 'pageUrl')
  return {
    rpcUrl: textOf(found, 'rpcUrl'),
    pageUrl: pageUrl.endsWith('/') ? pageUrl : `${pageUrl}/`,
    nodes: listOf(found, 'nodes'),
    indexer: fieldOf(found, 'indexer') === null ? null : textOf(found, 'indexer'),
    contracts: Object.fromEntries(Object.entries(contracts).map(([name, entry]) => [name, hex(entry, name)])),
    currency: hex(textOf(found, 'currency'), 'currency'),
    newcomersInventory: textOf(found, 'newcomersInventory'),
    keys: Object.fromEntries(Object.entries(recordOf(found, 'keys')).map(([name, key]) => [name, hex(key, name)])),
  }
}

function fieldOf(from: unknown, name: string): unknown {
  if (typeof from !== 'object' || from === null || !(name in from)) throw new Error(`the world says nothing of ${name}`)
  return Object.entries(from).find(([key]) => key === name)?.[1]
}

function textOf(from: unknown, name: string): string {
  const value = fieldOf(from, name)
  if (typeof value !== 'string') throw new Error(`the world's ${name} is no text`)
  return value
}

function listOf(from: unknown, name: string): readonly string[] {
  const value = fieldOf(from, name)
  if (!Array.isArray(value) || !value.every((each) => typeof each === 'string')) throw new Error(`the world's ${name} is no list of texts`)
  return value
}

function recordOf(from: unknown, name: string): Record<string, unknown> {
  const value = fieldOf(from, name)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`the world's ${name} is no object`)
  return Object.fromEntries(Object.entries(value))
}

function hex(value: unknown, name: string): Hex {
  if (typeof value === 'string' && /^0x[0-9a-fA-F]*$/.test(value)) return `0x${value.slice(2)}`
  throw new Error(`the world's ${name} is not hexadecimal`)
}
