import { MAX_UINT96 } from '../../../domain/limits'
import { BPS } from '../../../format/ratio'

type Address = `0x${string}`

/** IFleetRegistry.FleetSpec as it goes into `propose`. Money in smallest units, notice in seconds. */
export interface Spec {
  readonly currency: Address
  readonly listRate: bigint
  readonly units: bigint
  readonly boardWatts: bigint
  readonly availabilityBps: bigint
  readonly penaltyBps: bigint
  readonly creditCapBps: bigint
  readonly notice: bigint
  readonly model: string
  readonly site: string
}

/** A specification while it is filled in: null is not a number yet. `noticeHours` becomes seconds. */
export interface SpecDraft {
  readonly currency: Address | null
  readonly listRate: bigint | null
  readonly units: bigint | null
  readonly boardWatts: bigint | null
  readonly availabilityBps: bigint | null
  readonly penaltyBps: bigint | null
  readonly creditCapBps: bigint | null
  readonly noticeHours: bigint | null
  readonly model: string
  readonly site: string
}

export type SpecField = keyof SpecDraft
/** Ids `operate.spec.problem.<code>`. */
export type SpecProblem = 'zero' | 'overHundred' | 'over16' | 'over32' | 'over96' | 'noticeTooLong' | 'moreThanInventory' | 'noWords' | 'tooLong'

/** Usual terms, so that a form need not begin empty; the figures are an operator's to choose. */
export const USUAL: SpecDraft = {
  currency: null,
  listRate: null,
  units: null,
  boardWatts: 700n,
  availabilityBps: 9_900n,
  penaltyBps: 5_000n,
  creditCapBps: 3_000n,
  noticeHours: 12n,
  model: '',
  site: '',
}

export const MAX_U16 = 2n ** 16n - 1n
export const MAX_U32 = 2n ** 32n - 1n
const HOUR = 3600n
/** The contract takes words of any length; what is longer is cut on every page that shows it. */
export const MAX_WORDS = 96

/** What is wrong with a field that is filled in. `count` is the inventory's size, once it is known. */
export function specProblems(draft: SpecDraft, count: bigint | null): Partial<Record<SpecField, SpecProblem>> {
  const problems: Partial<Record<SpecField, SpecProblem>> = {}
  const say = (field: SpecField, problem: SpecProblem | null): void => {
    if (problem !== null) problems[field] = problem
  }
  say('listRate', positive(draft.listRate, MAX_UINT96, 'over96'))
  say('units', positive(draft.units, MAX_U32, 'over32') ?? (count !== null && draft.units !== null && draft.units > count ? 'moreThanInventory' : null))
  say('boardWatts', positive(draft.boardWatts, MAX_U16, 'over16'))
  say('availabilityBps', most(draft.availabilityBps, BPS, 'overHundred'))
  say('creditCapBps', most(draft.creditCapBps, BPS, 'overHundred'))
  say('penaltyBps', most(draft.penaltyBps, MAX_U16, 'over16'))
  say('noticeHours', most(draft.noticeHours, MAX_U32 / HOUR, 'noticeTooLong'))
  say('model', words(draft.model))
  say('site', words(draft.site))
  return problems
}

/** The specification, once every field is filled in and nothing is wrong. */
export function specOf(draft: SpecDraft, count: bigint | null): Spec | null {
  const { currency, listRate, units, boardWatts, availabilityBps, penaltyBps, creditCapBps, noticeHours } = draft
  const [model, site] = [draft.model.trim(), draft.site.trim()]
  if (model === '' || site === '' || Object.keys(specProblems(draft, count)).length > 0) return null
  if (currency === null || listRate === null || units === null || boardWatts === null || noticeHours === null) return null
  if (availabilityBps === null || penaltyBps === null || creditCapBps === null) return null
  return { currency, listRate, units, boardWatts, availabilityBps, penaltyBps, creditCapBps, notice: noticeHours * HOUR, model, site }
}

function positive(value: bigint | null, limit: bigint, problem: SpecProblem): SpecProblem | null {
  return value === 0n ? 'zero' : most(value, limit, problem)
}

function most(value: bigint | null, limit: bigint, problem: SpecProblem): SpecProblem | null {
  return value !== null && value > limit ? problem : null
}

function words(text: string): SpecProblem | null {
  if (text !== '' && text.trim() === '') return 'noWords'
  return [...text.trim()].length > MAX_WORDS ? 'tooLong' : null
}
