/** Test support: a real Anvil with the whole story of tests/support/page_world.py on it. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { getBlock } from 'viem/actions'
import { z } from 'zod'
import type { Config } from '../config/schema'
import { parseConfig } from '../config/schema'
import type { Chain } from './chain'
import { readClient } from './clients'
import { newLogMemory } from './history/memory'

const digits = z.string().transform((text) => BigInt(text))
const hex = z.templateLiteral(['0x', z.string()])

const told = z.object({
  config: z.unknown(),
  facts: z.object({
    people: z.array(hex),
    usd: hex,
    logs: z.number(),
    genesis: z.number(),
    head: z.object({ number: z.number(), timestamp: z.number() }),
    readings: z.array(z.object({ epoch: z.number(), meterId: digits, reading: digits, proof: z.array(hex) })),
  }),
})

export interface World {
  readonly config: Config
  readonly facts: z.output<typeof told>['facts']
  /** The RPC. */
  readonly url: string
  readonly stop: () => Promise<void>
}

/** Builds the story; takes some seconds. */
export async function startWorld(): Promise<World> {
  const root = new URL('../../..', import.meta.url).pathname
  const builder = spawn('nice', ['-n', '19', `${root}.venv/bin/python`, '-m', 'tests.support.page_world'], {
    cwd: root,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const gone = new Promise<void>((resolve) => builder.once('exit', () => resolve()))
  const line = await new Promise<string>((resolve, reject) => {
    createInterface(builder.stdout).once('line', resolve)
    builder.once('exit', (code) => reject(new Error(`the world's builder ended with ${code}`)))
  })
  const { config, facts } = told.parse(JSON.parse(line))
  const parsed = parseConfig(config)
  if (!parsed.ok) throw new Error(`${parsed.error.code} ${JSON.stringify(parsed.error.args)}`)
  const stop = async (): Promise<void> => {
    builder.stdin.end()
    await gone
  }
  return { config: parsed.value, facts, url: parsed.value.chain.rpcs[0] ?? '', stop }
}

/** A chain handle at the newest block, as the page makes it. */
export async function chainAt(config: Config, url: string, hasMulticall = false): Promise<Chain> {
  const client = readClient(config.chain, url, hasMulticall)
  const { number, hash, timestamp } = await getBlock(client)
  return { config, rpc: url, client, block: { number, hash, timestamp }, memory: newLogMemory(), historyCameFrom: () => undefined }
}
