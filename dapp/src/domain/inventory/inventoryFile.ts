import type { Result } from '../../format/result'
import { failure, success } from '../../format/result'
import { linesOfEntries } from './jsonLines'

/** The longest UUID a node takes, in characters, and the longest list (oracle/node/allocations.py). */
export const MAX_UUID = 80
export const MAX_BOARDS = 20_000
/** A longer file is not read. 20,000 GPUs with their serials have some 2 MB. */
export const MAX_FILE_BYTES = 32 * 1024 * 1024

/** Why a file names no GPUs; ids `ui.inventory.fault.<code>`. Lines count from 1; `text` is what stands there, a stranger's. */
export type InventoryFileFault =
  | { readonly code: 'tooLarge' }
  | { readonly code: 'empty' }
  | { readonly code: 'notText' }
  | { readonly code: 'notJson'; readonly line: number | null }
  | { readonly code: 'notAList' }
  | { readonly code: 'noUuid'; readonly line: number }
  | { readonly code: 'blank'; readonly line: number }
  | { readonly code: 'tooLong'; readonly line: number; readonly length: number }
  | { readonly code: 'strange'; readonly line: number; readonly text: string }
  | { readonly code: 'tooMany'; readonly count: number }
  | { readonly code: 'duplicate'; readonly first: number; readonly second: number; readonly text: string }

interface Entry {
  readonly uuid: string
  readonly line: number
}

type Read<T> = Result<T, InventoryFileFault>

/**
 * The GPUs a file names, in its order: a JSON list of UUIDs or of objects with a `uuid`, or text with one UUID a line. Nothing is mended beyond spaces at the
 * ends of a line: a UUID is compared letter by letter with what the telemetry says.
 */
export function readInventory(text: string): Read<readonly string[]> {
  const body = text.replace(/^\uFEFF/, '')
  if (/[\0\uFFFD]/.test(body)) return failure({ code: 'notText' })
  const entries = /^\s*[[{"]/.test(body) ? fromJson(body) : fromLines(body)
  return entries.ok ? checked(entries.value) : entries
}

function fromLines(body: string): Read<readonly Entry[]> {
  const entries = body
    .split(/\r\n|\r|\n/)
    .map((line, place) => ({ uuid: line.trim(), line: place + 1 }))
    .filter(({ uuid }) => uuid !== '')
  // What tables, quotes and the output of `nvidia-smi -L` put around a UUID, and no UUID holds.
  const strange = entries.find(({ uuid }) => /[\s,;"'()[\]{}]/.test(uuid))
  return strange === undefined ? success(entries) : failure({ code: 'strange', line: strange.line, text: strange.uuid })
}

function fromJson(body: string): Read<readonly Entry[]> {
  let list: unknown
  try {
    list = JSON.parse(body)
  } catch (error) {
    return failure({ code: 'notJson', line: lineOfError(body, error) })
  }
  if (!Array.isArray(list)) return failure({ code: 'notAList' })
  const lines = linesOfEntries(body)
  const entries: Entry[] = []
  for (const [place, entry] of list.entries()) {
    const line = lines[place] ?? 1
    const uuid: unknown = typeof entry === 'object' && entry !== null ? Reflect.get(entry, 'uuid') : entry
    if (typeof uuid !== 'string') return failure({ code: 'noUuid', line })
    entries.push({ uuid, line })
  }
  return success(entries)
}

/** The rules a node has for its own reading of the list, and those without which no tree can be made. */
function checked(entries: readonly Entry[]): Read<readonly string[]> {
  if (entries.length === 0) return failure({ code: 'empty' })
  if (entries.length > MAX_BOARDS) return failure({ code: 'tooMany', count: entries.length })
  const firstAt = new Map<string, number>()
  for (const { uuid, line } of entries) {
    if (uuid.trim() === '') return failure({ code: 'blank', line })
    const length = [...uuid].length
    if (length > MAX_UUID) return failure({ code: 'tooLong', line, length })
    if (/[\p{C}\p{Zl}\p{Zp}]/u.test(uuid) || uuid.trim() !== uuid) return failure({ code: 'strange', line, text: uuid })
    const first = firstAt.get(uuid)
    if (first !== undefined) return failure({ code: 'duplicate', first, second: line, text: uuid })
    firstAt.set(uuid, line)
  }
  return success(entries.map(({ uuid }) => uuid))
}

/** Where the parser stopped, if it says so: engines differ. */
function lineOfError(body: string, error: unknown): number | null {
  const message = error instanceof Error ? error.message : ''
  const line = /\bline (\d+)/.exec(message)?.[1]
  if (line !== undefined) return Number(line)
  const position = /\bposition (\d+)/.exec(message)?.[1]
  if (position !== undefined) return body.slice(0, Number(position)).split('\n').length
  return /end of (?:JSON|data)|Unterminated/i.test(message) ? body.split('\n').length : null
}
