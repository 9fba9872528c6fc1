import type { FleetSummary } from '../../../chain/read/fleets'
import type { Spec } from './spec'

/**
 * A registration whose first step was begun: what its second step needs. The list itself is not kept, only what the chain takes of it. `after`: the newest
 * fleet's id before the proposal, so that an older fleet of the same specification is not taken for it.
 */
export interface Pending {
  readonly account: string
  readonly registry: string
  readonly chainId: number
  readonly spec: Spec
  readonly after: bigint
  readonly root: `0x${string}`
  readonly count: bigint
  readonly fileName: string
}

/** The part of localStorage that is used. */
export interface Shelf {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

const KEY = 'wellhead.operate.registrations'
const MOST = 8

/** What is kept, oldest first. What cannot be read is as if it were not there: it can be chosen again from its file. */
export function keptPending(shelf: Shelf): readonly Pending[] {
  try {
    const kept: unknown = JSON.parse(shelf.getItem(KEY) ?? '[]')
    return Array.isArray(kept) ? kept.flatMap((each) => pendingOf(each) ?? []) : []
  } catch {
    return []
  }
}

/** Keeps one more, in place of what was kept for the same account and specification. Says whether the browser keeps anything at all. */
export function keepPending(shelf: Shelf, pending: Pending): boolean {
  const others = keptPending(shelf).filter((each) => !isSame(each, pending))
  return write(shelf, [...others, pending].slice(-MOST))
}

/** Forgets one. */
export function forgetPending(shelf: Shelf, pending: Pending): void {
  write(
    shelf,
    keptPending(shelf).filter((each) => !isSame(each, pending)),
  )
}

/** The fleet a registration became: the first one of its account and specification after it was begun, while it waits for an inventory. */
export function proposedFleet<F extends Pick<FleetSummary, 'fleetId' | 'operator' | 'spec'>>(pending: Pending, fleets: readonly F[]): F | null {
  const own = fleets.filter(
    ({ fleetId, operator, spec }) =>
      fleetId > pending.after && operator.toLowerCase() === pending.account.toLowerCase() && termsOf(fixed(spec)) === termsOf(fixed(pending.spec)),
  )
  return own[0] ?? null
}

function isSame(one: Pending, other: Pending): boolean {
  const place = (each: Pending): string => `${each.chainId} ${each.registry} ${each.account}`.toLowerCase()
  return place(one) === place(other) && one.root === other.root && termsOf(one.spec) === termsOf(other.spec)
}

/** The list rate may have been changed since. */
function fixed<S extends { readonly listRate: bigint }>(spec: S): Omit<S, 'listRate'> {
  const { listRate: _, ...rest } = spec
  return rest
}

const NUMBERS = ['listRate', 'units', 'boardWatts', 'availabilityBps', 'penaltyBps', 'creditCapBps', 'notice'] as const
const WORDS = ['currency', 'model', 'site'] as const

function termsOf(spec: object): string {
  return JSON.stringify([...NUMBERS, ...WORDS].map((name) => String(Reflect.get(spec, name)).toLowerCase()))
}

function write(shelf: Shelf, all: readonly Pending[]): boolean {
  try {
    if (all.length === 0) shelf.removeItem(KEY)
    else shelf.setItem(KEY, JSON.stringify(all, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value)))
    return true
  } catch {
    // Private windows and full disks keep nothing; the file can be chosen again.
    return false
  }
}

function pendingOf(kept: unknown): Pending | null {
  const spec = at(kept, 'spec')
  const digits = (from: unknown, name: string): bigint => BigInt(textOf(from, name))
  try {
    const chainId = at(kept, 'chainId')
    if (typeof chainId !== 'number') return null
    return {
      account: textOf(kept, 'account'),
      registry: textOf(kept, 'registry'),
      chainId,
      spec: {
        currency: addressOf(textOf(spec, 'currency')),
        listRate: digits(spec, 'listRate'),
        units: digits(spec, 'units'),
        boardWatts: digits(spec, 'boardWatts'),
        availabilityBps: digits(spec, 'availabilityBps'),
        penaltyBps: digits(spec, 'penaltyBps'),
        creditCapBps: digits(spec, 'creditCapBps'),
        notice: digits(spec, 'notice'),
        model: textOf(spec, 'model'),
        site: textOf(spec, 'site'),
      },
      after: digits(kept, 'after'),
      root: hashOf(textOf(kept, 'root')),
      count: digits(kept, 'count'),
      fileName: textOf(kept, 'fileName'),
    }
  } catch {
    return null
  }
}

function at(from: unknown, name: string): unknown {
  return typeof from === 'object' && from !== null ? Reflect.get(from, name) : undefined
}

function textOf(from: unknown, name: string): string {
  const value = at(from, name)
  if (typeof value !== 'string') throw new TypeError(name)
  return value
}

function addressOf(text: string): `0x${string}` {
  if (!/^0x[0-9a-fA-F]{40}$/.test(text)) throw new TypeError('currency')
  return `0x${text.slice(2)}`
}

function hashOf(text: string): `0x${string}` {
  if (!/^0x[0-9a-f]{64}$/.test(text)) throw new TypeError('root')
  return `0x${text.slice(2)}`
}
