import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bandsOf, placeLabels } from './bands'
import { bandsAt, chartModel, placeAt, runsOf, type ChartData } from './chartModel'
import { moveCursor } from './moveCursor'
import { timeSplits, valueScale } from './scales'
import { sparkPaths } from './sparkPaths'
import { waterfallRows } from './waterfallRows'

const data = (over: Partial<ChartData>): ChartData => ({ times: [], series: [], stacked: false, bands: [], ...over })
const line = (values: readonly (number | null)[], key = 'a'): ChartData['series'][number] => ({ key, label: key, colour: 'busy', values })
const seconds = fc.oneof(fc.double(), fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.integer())

describe('chartModel', () => {
  it('has nothing to draw without a time', () => expect(chartModel(data({ series: [line([])] }))).toBeNull())

  it('gives one moment a width and a height', () => {
    const model = chartModel(data({ times: [100n], series: [line([3])] }))
    expect(model).toMatchObject({ times: [100], from: 100, to: 101, scale: { low: 0, high: 3 } })
  })

  it('bridges no missing value and no time between buckets', () => {
    const model = chartModel(data({ times: [0, 10, 20, 30, 50], ends: [10, 20, 30, 40, 60], series: [line([1, 2, null, 4, 5])] }))
    expect(model && runsOf(model, model.series[0]?.values ?? [])).toEqual([
      [0, 1],
      [3, 3],
      [4, 4],
    ])
  })

  it('joins moments wherever both have a value', () => {
    const model = chartModel(data({ times: [0, 10, 1000], series: [line([1, 2, 3])] }))
    expect(model && runsOf(model, model.series[0]?.values ?? [])).toEqual([[0, 2]])
  })

  it('stacks each series on those below and leaves a missing one out', () => {
    const model = chartModel(data({ times: [0, 1], stacked: true, series: [line([1, null]), line([2, 5], 'b')] }))
    expect(model?.series.map(({ lower, upper }) => [lower, upper])).toEqual([
      [
        [0, 0],
        [1, null],
      ],
      [
        [1, 0],
        [3, 5],
      ],
    ])
  })

  it('leaves out times that go back, and cuts bands to the span', () => {
    const band = { kind: 'outage', from: -50, to: 15, label: 'x' } as const
    const model = chartModel(data({ times: [0, 10, 5, 20], series: [line([1, 2, 3, 4])], bands: [band] }))
    expect(model).toMatchObject({ times: [0, 10, 20], bands: [{ from: 0, to: 15 }] })
    expect(model?.series[0]?.values).toEqual([1, 2, 4])
  })

  it('finds the bucket under the cursor, none in a hole, and its bands', () => {
    const model = chartModel(data({ times: [0, 10, 30], ends: [10, 20, 40], series: [line([1, 2, 3])], bands: [{ kind: 'missing', from: 10, to: 20, label: 'm' }] }))
    if (model === null) throw new Error('no model')
    expect([0, 9.9, 10, 19, 25, 39, 40, -1].map((time) => placeAt(model, time))).toEqual([0, 0, 1, 1, null, 2, null, null])
    expect([0, 1, 2].map((place) => bandsAt(model, place).length)).toEqual([0, 1, 0])
  })

  it('never throws, whatever it is given, and draws within its scale', () => {
    const values = fc.array(fc.option(fc.double(), { nil: null }))
    const band = fc.record({ kind: fc.constantFrom('outage' as const, 'missing' as const), from: seconds, to: seconds, label: fc.string() })
    fc.assert(
      fc.property(fc.array(seconds), fc.option(fc.array(seconds), { nil: undefined }), fc.array(values), fc.boolean(), fc.array(band), (times, ends, all, stacked, bands) => {
        const model = chartModel(data({ times, ends, stacked, bands, series: all.map((one, place) => line(one, String(place))) }))
        if (model === null) return
        expect(model.to).toBeGreaterThan(model.from)
        expect(model.times.every((time, place) => place === 0 || time > (model.times[place - 1] ?? Infinity))).toBe(true)
        expect(model.scale.high).toBeGreaterThan(model.scale.low)
      }),
    )
  })
})

describe('scales', () => {
  it('ends value axes at round numbers', () => {
    expect(valueScale(0, 5.07)).toEqual({ low: 0, high: 6, ticks: [0, 2, 4, 6] })
    expect(valueScale(0, 0.3).ticks).toEqual([0, 0.1, 0.2, 0.3])
    expect(valueScale(0, Number.NaN)).toEqual({ low: 0, high: 1, ticks: [0, 1] })
  })

  it('marks time at round steps within the span, no more than asked', () => {
    expect(timeSplits(100, 86_400, 9)).toEqual({ step: 10_800, at: [10800, 21600, 32400, 43200, 54000, 64800, 75600, 86400] })
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 40 }), fc.integer({ min: 1, max: 2 ** 36 }), fc.integer({ min: 1, max: 30 }), (from, length, most) => {
        const { step, at } = timeSplits(from, from + length, most)
        expect(at.length).toBeLessThanOrEqual(most)
        expect(at.every((time) => time % step === 0 && time >= from && time <= from + length)).toBe(true)
      }),
    )
  })
})

describe('bands', () => {
  it('joins neighbours of one kind and names the whole', () => {
    const made = bandsOf(
      [
        { from: 0n, to: 10n, kind: 'missing' },
        { from: 10n, to: 20n, kind: 'missing' },
        { from: 20n, to: 30n, kind: null },
        { from: 30n, to: 40n, kind: 'missing' },
        { from: 40n, to: 50n, kind: 'outage' },
      ],
      (kind, from, to) => `${kind} ${from}-${to}`,
    )
    expect(made.map(({ label }) => label)).toEqual(['missing 0-20', 'missing 30-40', 'outage 40-50'])
  })

  it('keeps labels apart and inside, shortening them where there is no room', () => {
    const wish = (centre: number): Parameters<typeof placeLabels>[0][number] => ({ centre, texts: [{ text: 'long', width: 80 }, { text: 's', width: 20 }] })
    expect(placeLabels([wish(10), wish(190)], 0, 200, 10)).toEqual([
      { text: 'long', centre: 40 },
      { text: 'long', centre: 160 },
    ])
    expect(placeLabels([wish(50), wish(75)], 0, 100, 5).map((label) => label?.text)).toEqual(['s', 's'])
    expect(placeLabels([wish(50)], 0, 10, 5)).toEqual([null])
  })
})

describe('moveCursor', () => {
  it('begins at the newest, stays within the ends, leaps, and is put away', () => {
    expect(moveCursor('ArrowLeft', null, 48)).toBe(47)
    expect(moveCursor('ArrowRight', 47, 48)).toBe(47)
    expect(moveCursor('PageDown', 47, 48)).toBe(45)
    expect(moveCursor('Home', 20, 48)).toBe(0)
    expect(moveCursor('Escape', 20, 48)).toBeNull()
    expect(moveCursor('Escape', null, 48)).toBeUndefined()
    expect(moveCursor('a', 3, 48)).toBeUndefined()
    expect(moveCursor('ArrowLeft', null, 0)).toBeUndefined()
  })
})

describe('waterfallRows', () => {
  const item = (amount: bigint): { readonly amount: bigint } => ({ amount })

  it('piles up income and takes each step from the top, exactly', () => {
    const rows = waterfallRows([item(80n), item(20n)], [item(25n), item(75n)])
    expect(rows.map(({ low, high, left }) => [low, high, left])).toEqual([
      [0, 0.8, 80n],
      [0.8, 1, 100n],
      [0.75, 1, 75n],
      [0, 0.75, 0n],
    ])
  })

  it('says what was left to the unit, also where steps take more than came in, and draws within the picture', () => {
    const amounts = fc.array(fc.bigInt({ min: 0n, max: 2n ** 96n }), { maxLength: 9 })
    fc.assert(
      fc.property(amounts, amounts, (income, steps) => {
        const rows = waterfallRows(income.map(item), steps.map(item))
        const sum = (all: readonly bigint[]): bigint => all.reduce((a, b) => a + b, 0n)
        expect(rows.at(-1)?.left ?? 0n).toBe(sum(income) - sum(steps))
        expect(rows.every(({ low, high }) => low >= 0 && high <= 1 && high >= low)).toBe(true)
      }),
    )
  })
})

describe('sparkPaths', () => {
  it('draws one piece a run, a lone value as a dash, and nothing for nothing', () => {
    expect(sparkPaths([1, 2, null, 3]).line.match(/M/g)).toHaveLength(2)
    expect(sparkPaths([null, 3, null]).line).toMatch(/^M[\d.]+ 2L[\d.]+ 2$/)
    expect(sparkPaths([])).toEqual({ line: '', area: '' })
  })
})
