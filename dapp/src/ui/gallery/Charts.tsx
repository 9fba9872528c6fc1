import { useMemo, type ReactNode } from 'react'
import { formatTime } from '../../format/time'
import { useLocale } from '../../i18n/useLocale'
import type { Series } from '../charts/model'
import { SeriesChart } from '../charts/SeriesChart'
import { timeTicks } from '../charts/timeTicks'
import { WaterfallPicture, type WaterfallItem } from '../charts/WaterfallPicture'
import { Panel } from '../Panel'
import { formatAmount } from '../../format/formatAmount'
import { Columns } from '../layout/Columns'
import { BANDS, BUSY, ENDS, EQUITY, IDLE, MANY, MANY_VALUES, PAID, PAID_ENDS, POWER, SENIOR, TIMES } from './samples'

export const LABELS = { outage: 'outage: measured, not delivered', missing: 'no telemetry', unknown: 'this node does not know' }
const NAMES = { outage: 'outage', missing: 'silence', unknown: 'unknown' }
const SHARES: readonly Series[] = [
  { key: 'busy', label: 'busy', colour: 'busy', values: BUSY },
  { key: 'idle', label: 'delivered, not busy', colour: 'idle', values: IDLE },
]
const WATTS: readonly Series[] = [{ key: 'power', label: 'GPU boards', colour: 'busy', values: POWER }]
const INCOME: readonly Series[] = [
  { key: 'senior', label: 'senior', colour: 'senior', values: SENIOR },
  { key: 'equity', label: 'equity', colour: 'equity', values: EQUITY },
]
const DENSE: readonly Series[] = [
  { key: 'one', label: 'Reykjanes H100', colour: 'busy', values: MANY_VALUES },
  { key: 'two', label: 'Durance A100', colour: 'equity', values: MANY_VALUES.map((value) => (value === null ? null : value * 0.55)) },
]
const percent = (value: number): string => `${value.toFixed(1)} %`
const kilowatts = (value: number): string => `${(value / 1000).toFixed(2)} kW`
const axisKilowatts = (value: number): string => `${value / 1000} kW`
const axisPercent = (value: number): string => `${value} %`
const money = (value: number): string => `${value.toFixed(2)} tUSD`
const axisMoney = (value: number): string => String(value)

const unit = 1_000_000n
const INCOMING: readonly WaterfallItem[] = [
  { key: 'rent', label: 'Rent', amount: 846n * unit, colour: 'rent' },
  { key: 'reserve', label: 'From the reserve', amount: 34_931_506n, colour: 'reserve' },
]
const STEPS: readonly WaterfallItem[] = [
  { key: 'protocol', label: 'Protocol fee', amount: 8_460_000n, colour: 'protocol-fee' },
  { key: 'oracle', label: 'Oracle fee', amount: 4_230_000n, colour: 'oracle-fee' },
  { key: 'energy', label: 'Energy', amount: 15_196_215n, colour: 'energy', note: '178.80 kWh at 0.085 tUSD' },
  { key: 'operator', label: 'Operator fee', amount: 42_300_000n, colour: 'operator-fee' },
  { key: 'senior', label: 'Senior coupon and arrears', amount: 126_615_388n, colour: 'senior' },
  { key: 'filled', label: 'Into the reserve', amount: 60n * unit, colour: 'reserve' },
  { key: 'equity', label: 'Equity', amount: 624_129_903n, colour: 'equity' },
]

export function Charts(): ReactNode {
  const locale = useLocale()
  const tick = useMemo(() => timeTicks(locale, 'UTC'), [locale])
  const time = (at: bigint): string => formatTime(at, locale, 'UTC')
  return (
    <>
      <Panel title="Measured" layout="aside" intro="What became of the units’ time, hour by hour, as the nodes’ meters saw it.">
        <SeriesChart
          title="Share of the 8 GPUs"
          note="by the hour"
          times={TIMES}
          ends={ENDS}
          series={SHARES}
          stacked
          bands={BANDS}
          bandLabels={LABELS}
          bandNames={NAMES}
          top={100}
          formatTime={time}
          formatTick={tick}
          formatValue={percent}
          formatAxis={axisPercent}
        />
        <SeriesChart
          title="Mean power of the GPU boards"
          note="no line where it was not read"
          times={TIMES}
          ends={ENDS}
          series={WATTS}
          bands={BANDS}
          bandLabels={LABELS}
          bandNames={NAMES}
          height={110}
          formatTime={time}
          formatTick={tick}
          formatValue={kilowatts}
          formatAxis={axisKilowatts}
        />
      </Panel>
      <Panel title="Distribution 7" layout="aside" intro="8 October 2026, 12:00 UTC. Each step is paid in full before the next one gets anything.">
        <WaterfallPicture
          title="From rent to shares"
          note="tUSD"
          income={INCOMING}
          steps={STEPS}
          format={(amount) => formatAmount(amount, 6, locale)}
          formatShort={(amount) => formatAmount(amount, 6, locale, { maxDecimals: 2 })}
        />
      </Panel>
      <Columns>
        <SeriesChart
          title="Distributed so far"
          note="tUSD"
          times={PAID}
          ends={PAID_ENDS}
          series={INCOME}
          stacked
          height={160}
          formatTime={time}
          formatTick={tick}
          formatValue={money}
          formatAxis={axisMoney}
        />
        <SeriesChart
          title="Power, two fleets"
          note="2,000 readings each"
          times={MANY}
          series={DENSE}
          height={160}
          formatTime={time}
          formatTick={tick}
          formatValue={kilowatts}
          formatAxis={axisKilowatts}
        />
      </Columns>
    </>
  )
}
