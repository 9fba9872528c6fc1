import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { chainAt, type Chain } from './chain'
import { rpcCall } from './wallet/signing'

const PROGRAMS = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'node_modules', '.bin')
const READY_WITHIN_MS = 20_000

export interface OwnAnvil {
  readonly chain: Chain
  readonly stop: () => Promise<void>
}

/**
 * A chain for one test alone, on a free port: empty, or all that another Anvil holds at this moment (state, blocks, logs), its clock where that one's head is. What a
 * test does to it nobody else sees: reorganisations, time, held transactions.
 */
export async function startOwnAnvil(copyOf?: string): Promise<OwnAnvil> {
  const folder = mkdtempSync(join(tmpdir(), 'wellhead-anvil-'))
  const state = copyOf === undefined ? [] : ['--load-state', await dumpTo(join(folder, 'state.json'), copyOf)]
  const env = { ...process.env, PATH: `${PROGRAMS}:${process.env['PATH'] ?? ''}` }
  // Anvil leaves old states where it keeps them.
  const anvil = spawn('anvil', ['--port', '0', '--hardfork', 'shanghai', '--cache-path', folder, ...state], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const gone = new Promise<void>((resolve) => anvil.once('exit', () => resolve()))
  const stop = async (): Promise<void> => {
    anvil.kill('SIGKILL')
    await gone
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const url = await new Promise<string>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error('anvil did not start')), READY_WITHIN_MS)
      anvil.once('error', reject)
      anvil.once('exit', (code) => reject(new Error(`anvil ended with ${code}`)))
      createInterface(anvil.stdout).on('line', (line) => {
        const address = /^Listening on (\S+)/.exec(line)?.[1]
        if (address === undefined) return
        clearTimeout(late)
        resolve(`http://${address}`)
      })
    })
    const chain = await chainAt(url)
    // Its clock is the machine's until it is told where the copied head stands.
    if (copyOf !== undefined) await rpcCall(url, 'evm_setTime', [Number(await chain.now())])
    // A state that was dumped while a block was made leaves the copy's clock on the machine's.
    if (copyOf !== undefined) await rpcCall(url, 'evm_setTime', [Number(await chain.now())])
    await rpcCall(url, 'anvil_setBlockTimestampInterval', [1])
    if (copyOf !== undefined) await chain.mine()
    return { chain, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/**
 * Anvil hands its state out as hexadecimal of gzipped JSON, and reads it as JSON. The states of earlier blocks stay behind: after an hour at a block a second they are
 * more than a text can hold, and the other chain answers nobody while it writes them.
 */
async function dumpTo(file: string, url: string): Promise<string> {
  const dump = String(await rpcCall(url, 'anvil_dumpState', [false]))
  writeFileSync(file, gunzipSync(Buffer.from(dump.slice(2), 'hex')))
  return file
}
