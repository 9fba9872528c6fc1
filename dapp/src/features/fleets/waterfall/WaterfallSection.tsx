import { useState, type ReactNode } from 'react'
import type { Waterfall } from '../../../chain/read/revenue'
import type { ChartColour } from '../../../ui/charts/colours'
import { WaterfallPicture, type WaterfallItem } from '../../../ui/charts/WaterfallPicture'
import { Panel } from '../../../ui/Panel'
import { Select } from '../../../ui/Select'
import { trancheName } from '../../../ui/trancheName'
import { useFigures, type Figures } from '../../../ui/useFigures'
import type { Distribution } from '../money/distributions'
import { flowOf, type Payee, type Step } from './flow'
import { WaterfallTermList } from './WaterfallTermList'

/** How many of the last distributions can be chosen. */
const OFFERED = 26

const COLOURS: Readonly<Record<Payee['kind'], ChartColour>> = {
  protocol: 'protocol-fee',
  oracle: 'oracle-fee',
  energy: 'energy',
  operator: 'operator-fee',
  coupon: 'senior',
  reserve: 'reserve',
  equity: 'equity',
}

interface WaterfallSectionProps {
  readonly waterfall: Waterfall
  /** Oldest first, at least one. */
  readonly distributions: readonly Distribution[]
}

/** One distribution as a picture, beside the terms it was made by. */
export function WaterfallSection({ waterfall, distributions }: WaterfallSectionProps): ReactNode {
  const shown = useFigures()
  const { t, time } = shown
  const [chosen, setChosen] = useState<string | null>(null)
  const offered = distributions.slice(-OFFERED).toReversed()
  const distribution = offered.find(({ period }) => period.toString() === chosen) ?? offered[0]
  if (distribution === undefined) return null
  return (
    <Panel
      title={t('fleets.waterfall.title')}
      intro={t('fleets.waterfall.intro')}
      actions={
        <Select
          label={t('fleets.waterfall.choose')}
          value={distribution.period.toString()}
          onChange={setChosen}
          options={offered.map(({ period, time: at }) => ({ value: period.toString(), label: time(at) }))}
        />
      }
    >
      <Picture distribution={distribution} waterfall={waterfall} shown={shown} />
      <WaterfallTermList waterfall={waterfall} />
    </Panel>
  )
}

interface PictureProps {
  readonly distribution: Distribution
  readonly waterfall: Waterfall
  readonly shown: Figures
}

function Picture({ distribution, waterfall, shown }: PictureProps): ReactNode {
  const { t, time, money, short } = shown
  const { token, tranches } = waterfall
  const { rent, reserveOut, steps } = flowOf(distribution)
  const income: WaterfallItem[] = [{ key: 'rent', label: t('fleets.step.rent'), amount: rent, colour: 'rent' }]
  if (reserveOut > 0n) income.push({ key: 'reserveOut', label: t('fleets.step.reserveOut'), amount: reserveOut, colour: 'reserve' })
  return (
    <WaterfallPicture
      title={t('fleets.waterfall.picture', { until: time(distribution.time) })}
      {...(distribution.from === null ? {} : { note: t('fleets.waterfall.since', { from: time(distribution.from) }) })}
      income={income}
      steps={steps.map((step) => itemOf(step, tranches.length, waterfall, shown))}
      format={(amount) => money(amount, token)}
      formatShort={(amount) => short(amount, token)}
    />
  )
}

function itemOf({ payee, amount, arrears }: Step, count: number, { token }: Waterfall, { t, money }: Figures): WaterfallItem {
  const coupon = payee.kind === 'coupon'
  return {
    key: coupon ? `coupon-${payee.tranche}` : payee.kind,
    label: coupon ? t('fleets.step.coupon', { tranche: trancheName(t, payee.tranche, count) }) : t(`fleets.step.${payee.kind}`),
    amount,
    colour: COLOURS[payee.kind],
    ...(arrears > 0n ? { note: t('fleets.step.arrears', { amount: money(arrears, token) }) } : {}),
  }
}
