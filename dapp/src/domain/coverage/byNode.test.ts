import { describe, expect, it } from 'vitest'
import type { CoverageModel } from '../../node/answers'
import type { NodeResult } from '../../node/fault'
import { coverageRows } from './byNode'

function answered(epochs: readonly (readonly [number, number])[]): NodeResult<CoverageModel> {
  const site = {
    fleet_id: '7',
    kind: 'dcgm',
    interval_s: 60,
    trust_level: 1,
    reachable: true,
    last_sampled_unix_s: 1000,
    epochs: epochs.map(([answers, due], epoch) => ({ epoch, answers, due, sampled_share: 0 })),
  }
  return { ok: true, value: { value: { newest_epoch: 9, sites: [site] }, node: 'https://a.example', passedOver: [] } }
}

describe('coverage', () => {
  it('is what was answered of what was due, and a surplus in one epoch does not make up for a gap in another', () => {
    const [row] = coverageRows(['https://a.example'], [answered([[60, 30], [0, 30]])])
    expect(row).toMatchObject({ node: 'https://a.example', fleet: '7', sampledPpm: 500_000n, lastSampled: 1000n })
  })

  it('is unknown where nothing was due yet', () => {
    expect(coverageRows(['a'], [answered([])])).toMatchObject([{ sampledPpm: undefined }])
  })

  it('names the node that does not answer', () => {
    const fault = { code: 'node.unreachable', args: { url: 'b' } } as const
    const rows = coverageRows(['a', 'b'], [answered([[1, 1]]), { ok: false, error: { fault, all: [] } }])
    expect(rows[1]).toEqual({ node: 'b', fault })
  })
})
