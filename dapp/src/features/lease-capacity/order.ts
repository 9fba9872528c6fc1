import type { FleetSummary } from '../../chain/read/fleets'
import type { Cover } from '../../chain/read/leases'
import { MAX_UINT96 } from '../../domain/limits'
import { leasePrice, type LeasePrice } from '../../format/leasePrice'
import { boundaryAfter, startsAt, type Grid } from './grid'

/** What a person has asked for so far; null where nothing, or nothing that can be read, was typed. Times are Unix seconds. */
export interface Wish {
  readonly units: bigint | null
  readonly start: bigint | null
  readonly until: { readonly by: 'length'; readonly seconds: bigint | null } | { readonly by: 'end'; readonly at: bigint | null }
}

/** A wish on the grid of epochs. */
export interface Order {
  readonly units: bigint
  readonly start: bigint
  readonly end: bigint
  readonly price: LeasePrice
}

/** What is wrong with a part of a wish; ids `lease-capacity.problem.<code>`. */
export type Problem =
  | { readonly code: 'unitsNone' }
  | { readonly code: 'unitsFree'; readonly free: bigint }
  | { readonly code: 'tooSoon'; readonly first: bigint }
  | { readonly code: 'tooLate'; readonly last: bigint }
  | { readonly code: 'noLength' }
  | { readonly code: 'tooLong' }
  | { readonly code: 'tooMuch' }

export interface Quoted {
  /** null while something is missing or wrong. */
  readonly order: Order | null
  readonly start: bigint | null
  readonly end: bigint | null
  readonly units: Problem | null
  readonly startProblem: Problem | null
  readonly endProblem: Problem | null
}

const MAX_UINT48 = 2n ** 48n - 1n

/** Puts a wish on the grid and holds it against CapacityLease._checkRequest, at `now` (Unix seconds of the chain). */
export function quote(wish: Wish, fleet: Pick<FleetSummary, 'spec' | 'unitsFree'>, now: bigint, grid: Grid): Quoted {
  const { epochLength } = grid
  const start = wish.start === null ? null : boundaryAfter(wish.start, epochLength)
  const end = endOf(wish, start, epochLength)
  const { units } = wish
  const length = start === null || end === null ? null : end - start
  const rate = fleet.spec.listRate
  const found = {
    start,
    end,
    units: units === null ? null : unitsProblem(units, fleet.unitsFree),
    startProblem: start === null ? null : startProblem(start, now, grid),
    endProblem: length === null ? null : endProblem(length, units ?? 0n, rate),
  }
  const wrong = found.units ?? found.startProblem ?? found.endProblem
  if (wrong !== null || units === null || start === null || end === null) return { ...found, order: null }
  return { ...found, order: { units, start, end, price: leasePrice({ units, rate, start, end }) } }
}

function endOf({ until }: Wish, start: bigint | null, epochLength: bigint): bigint | null {
  if (until.by === 'end') return until.at === null ? null : boundaryAfter(until.at, epochLength)
  return until.seconds === null || start === null ? null : boundaryAfter(start + until.seconds, epochLength)
}

function unitsProblem(units: bigint, free: bigint): Problem | null {
  if (units === 0n) return { code: 'unitsNone' }
  return units > free ? { code: 'unitsFree', free } : null
}

function startProblem(start: bigint, now: bigint, grid: Grid): Problem | null {
  const { first, last } = startsAt(now, grid)
  if (start < first) return { code: 'tooSoon', first }
  return start > last ? { code: 'tooLate', last } : null
}

function endProblem(length: bigint, units: bigint, rate: bigint): Problem | null {
  if (length <= 0n) return { code: 'noLength' }
  if (length * units > MAX_UINT48) return { code: 'tooLong' }
  return leasePrice({ units, rate, start: 0n, end: length }).escrowUp > MAX_UINT96 ? { code: 'tooMuch' } : null
}

/** What is wrong with an escrow; ids `lease-capacity.problem.<code>`. Smallest units. */
export type EscrowProblem =
  | { readonly code: 'belowRunway'; readonly runway: bigint }
  | { readonly code: 'balance'; readonly balance: bigint }
  | { readonly code: 'cover'; readonly free: bigint }
  | { readonly code: 'escrowTooLarge' }

/** `balance` null: nobody is there whose it could be. */
export function escrowProblem(escrow: bigint, runway: bigint, balance: bigint | null, { atRisk, cover }: Cover): EscrowProblem | null {
  if (escrow < runway) return { code: 'belowRunway', runway }
  if (escrow > MAX_UINT96) return { code: 'escrowTooLarge' }
  if (atRisk + escrow > cover) return { code: 'cover', free: cover > atRisk ? cover - atRisk : 0n }
  return balance !== null && escrow > balance ? { code: 'balance', balance } : null
}
