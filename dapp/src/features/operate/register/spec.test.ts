import { describe, expect, it } from 'vitest'
import { MAX_UINT96 } from '../../../domain/limits'
import { specOf, specProblems, USUAL, type SpecDraft } from './spec'

const FULL: SpecDraft = { ...USUAL, currency: '0x00000000000000000000000000000000000000cC', listRate: 2_350_000n, units: 8n, model: ' H100 ', site: 'Here' }

describe('a specification', () => {
  it('is made once every field is filled in, notice in seconds and words without the spaces around them', () => {
    expect(specOf(FULL, 8n)).toMatchObject({ notice: 43_200n, model: 'H100', units: 8n, availabilityBps: 9_900n })
    for (const field of Object.keys(FULL)) expect(specOf({ ...FULL, [field]: field === 'model' || field === 'site' ? '' : null }, 8n)).toBe(null)
  })

  it.each<[Partial<SpecDraft>, Partial<Record<keyof SpecDraft, string>>]>([
    [{ listRate: 0n }, { listRate: 'zero' }],
    [{ listRate: MAX_UINT96 + 1n }, { listRate: 'over96' }],
    [{ units: 0n }, { units: 'zero' }],
    [{ units: 9n }, { units: 'moreThanInventory' }],
    [{ boardWatts: 65_536n }, { boardWatts: 'over16' }],
    [{ availabilityBps: 10_001n }, { availabilityBps: 'overHundred' }],
    [{ creditCapBps: 10_001n }, { creditCapBps: 'overHundred' }],
    [{ penaltyBps: 65_536n }, { penaltyBps: 'over16' }],
    [{ noticeHours: 1_193_047n }, { noticeHours: 'noticeTooLong' }],
    [{ model: 'x'.repeat(97) }, { model: 'tooLong' }],
    [{ site: '  ' }, { site: 'noWords' }],
  ])('that is wrong in one field (case %#) is told what the contract would refuse', (part, problems) => {
    expect(specProblems({ ...FULL, ...part }, 8n)).toEqual(problems)
    expect(specOf({ ...FULL, ...part }, 8n)).toBe(null)
  })

  it('at every limit is taken', () => {
    const edge = { ...FULL, boardWatts: 65_535n, availabilityBps: 10_000n, creditCapBps: 10_000n, penaltyBps: 65_535n, noticeHours: 1_193_046n, listRate: MAX_UINT96 }
    expect(specOf(edge, 8n)).not.toBe(null)
  })
})
