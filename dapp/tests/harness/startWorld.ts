import { spawn, type ChildProcess } from 'node:child_process'
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseWorld, WORLD_FILE } from './world'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..')
const FOLDER = join(ROOT, 'build', 'dapp-test')
const READY_WITHIN_MS = 360_000
const GONE_WITHIN_MS = 20_000

/**
 * Starts the world all tests share and ends it after them: chain, nodes, indexer, page. WELLHEAD_WORLD=<file> takes one that runs already, and
 * WELLHEAD_WORLD=none starts nothing, for tests of the harness alone.
 */
export default async function startWorld(): Promise<() => Promise<void>> {
  if (process.env[WORLD_FILE] !== undefined) return () => Promise.resolve()
  mkdirSync(FOLDER, { recursive: true })
  const log = join(FOLDER, 'world.log')
  const live = spawn(process.env['PYTHON'] ?? join(ROOT, '.venv', 'bin', 'python'), ['-m', 'scripts.stage.live', '--folder', join(FOLDER, 'world'), '--json', '--fast'], {
    cwd: ROOT,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, PATH: `${join(ROOT, '.venv', 'bin')}:${join(ROOT, 'node_modules', '.bin')}:${process.env['PATH'] ?? ''}` },
  })
  live.stderr.pipe(createWriteStream(log))
  try {
    const line = await firstLine(live)
    parseWorld(line)
    const file = join(FOLDER, 'world.json')
    // It holds the demo's keys: of a throw-away chain, but there is no need to show them.
    writeFileSync(file, line, { mode: 0o600 })
    process.env[WORLD_FILE] = file
  } catch (error) {
    await end(live)
    throw new Error(`the world did not start; it says why in ${log}`, { cause: error })
  }
  return () => end(live)
}

async function firstLine(live: ChildProcess): Promise<string> {
  const { stdout } = live
  if (stdout === null) throw new Error('it has no output')
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`nothing after ${READY_WITHIN_MS / 1000} s`)), READY_WITHIN_MS)
    createInterface(stdout).once('line', (line) => {
      clearTimeout(late)
      resolve(line)
    })
    live.once('error', reject)
    live.once('exit', (code) => {
      clearTimeout(late)
      reject(new Error(`it ended with ${code}`))
    })
  })
}

/** Closing its input is the word to end everything it started. */
async function end(live: ChildProcess): Promise<void> {
  if (live.exitCode !== null || live.signalCode !== null) return
  const gone = new Promise<void>((resolve) => live.once('exit', () => resolve()))
  live.stdin?.end()
  const late = setTimeout(() => live.kill('SIGTERM'), GONE_WITHIN_MS)
  await gone
  clearTimeout(late)
}
