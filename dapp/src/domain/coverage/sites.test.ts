import { describe, expect, it } from 'vitest'
import type { CoverageModel } from '../../node/answers'
import type { NodeResult } from '../../node/fault'
import { coverageOf } from './sites'

function answered(fleet: string, epochs: readonly (readonly [number, number])[], more: Partial<CoverageModel['sites'][number]> = {}): NodeResult<CoverageModel> {
  const site = {
    fleet_id: fleet,
    kind: 'dcgm',
    interval_s: 60,
    trust_level: 1,
    reachable: true,
    last_sampled_unix_s: 1000,
    epochs: epochs.map(([answers, due], epoch) => ({ epoch, answers, due, sampled_share: 0 })),
    ...more,
  }
  return { ok: true, value: { value: { newest_epoch: 9, sites: [site] }, node: 'a', passedOver: [] } }
}

describe('coverage', () => {
  it('is what was answered of what was due, and a surplus in one epoch does not make up for a gap in another', () => {
    const { rows } = coverageOf(['a'], [answered('7', [[60, 30], [0, 30]])], [7n])
    expect(rows).toMatchObject([{ fleet: '7', sampled: { least: 500_000n, most: 500_000n }, lastSampled: 1000n }])
  })

  it('brings the nodes together: the least and the most, who reached it, the lowest trust', () => {
    const whole = answered('7', [[30, 30]])
    const half = answered('7', [[15, 30]], { reachable: false, trust_level: 0, last_sampled_unix_s: 2000 })
    expect(coverageOf(['a', 'b'], [whole, half], [7n]).rows).toEqual([
      { fleet: '7', kind: 'dcgm', trustLevel: 0, reachedBy: 1, askedBy: 2, lastSampled: 2000n, sampled: { least: 500_000n, most: 1_000_000n } },
    ])
  })

  it('is unknown where nothing was due yet, and shows no fleet that is not on the chain', () => {
    expect(coverageOf(['a'], [answered('7', [])], [7n]).rows).toMatchObject([{ sampled: null }])
    expect(coverageOf(['a'], [answered('7', [])], [1n]).rows).toEqual([])
  })

  it('names the node that does not answer', () => {
    const fault = { code: 'node.unreachable', args: { url: 'b' } } as const
    const { silent } = coverageOf(['a', 'b'], [answered('7', [[1, 1]]), { ok: false, error: { fault, all: [] } }], [7n])
    expect(silent).toEqual([{ node: 'b', fault }])
  })
})
