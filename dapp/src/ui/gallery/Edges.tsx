import type { ReactNode } from 'react'
import { SeriesChart } from '../charts/SeriesChart'
import { timeTicks } from '../charts/timeTicks'
import { WaterfallPicture } from '../charts/WaterfallPicture'
import { Columns } from '../layout/Columns'
import { Panel } from '../Panel'
import { LABELS } from './Charts'

const tick = timeTicks('en', 'UTC')
const time = (at: bigint): string => `second ${at}`
const plain = (value: number): string => String(value)
const NONE: readonly never[] = []
const ONE = [{ key: 'one', label: 'one value', colour: 'busy', values: [3] }] as const
const EMPTY = [{ key: 'none', label: 'none', colour: 'busy', values: [] }] as const
const MOMENT = [1_791_158_400n] as const
const ODD = [{ key: 'odd', label: 'odd values', colour: 'equity', values: [1, Number.NaN, Infinity, 4] }] as const
const BACK = [5n, 3n, 3n, 9n, 10n ** 30n] as const
const BAND = [{ kind: 'missing', from: 1_791_158_400n, to: 1_791_244_800n, label: 'No telemetry all day' }] as const

/** Data that a chart must live with. */
export function Edges(): ReactNode {
  const shared = { formatTime: time, formatTick: tick, formatValue: plain, formatAxis: plain, bandLabels: LABELS, height: 70 }
  return (
    <Panel title="At the edges" layout="aside">
      <Columns>
        <SeriesChart {...shared} title="Nothing" times={NONE} series={EMPTY} />
        <SeriesChart {...shared} title="One moment" times={MOMENT} series={ONE} />
        <SeriesChart {...shared} title="Only silence" times={NONE} series={EMPTY} bands={BAND} />
        <SeriesChart {...shared} title="Times and values that are none" times={BACK} series={ODD} />
        <WaterfallPicture title="An empty distribution" income={[{ key: 'rent', label: 'Rent', amount: 0n, colour: 'rent' }]} steps={[]} format={String} />
      </Columns>
    </Panel>
  )
}
