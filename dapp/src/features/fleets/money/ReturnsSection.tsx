import { useState, type ReactNode } from 'react'
import type { History } from '../../../chain/history/events'
import type { Waterfall } from '../../../chain/read/revenue'
import { useHead } from '../../../chain/useHead'
import { formatDuration } from '../../../format/time'
import { DataList } from '../../../ui/DataList'
import { Notice } from '../../../ui/Notice'
import { Panel } from '../../../ui/Panel'
import { Select } from '../../../ui/Select'
import { Stat, StatRow } from '../../../ui/Stat'
import { NONE, useFigures } from '../../../ui/useFigures'
import type { RevenuePast } from './distributions'
import { paidIn, rentPerKWhDown, returnsOf, WINDOWS, windowOf, type Paid, type Window } from './returns'
import { ReturnTable } from './ReturnTable'

interface ReturnsSectionProps {
  readonly waterfall: Waterfall
  readonly past: RevenuePast
  readonly history: History
  /** What is settled and not yet distributed, in words. */
  readonly waiting: string
}

/** Rent and returns over some distributions, with the period, the method and as of when. */
export function ReturnsSection({ waterfall, past, history, waiting }: ReturnsSectionProps): ReactNode {
  const { t, count } = useFigures()
  const now = useHead()?.now() ?? 0n
  const [chosen, setChosen] = useState<Window>('all')
  const paid = paidIn(windowOf(past.distributions, chosen, now), waterfall.tranches.length)
  return (
    <Panel
      title={t('fleets.returns.title')}
      intro={t(history.source === 'logs' ? 'fleets.returns.fromLogs' : 'fleets.returns.fromIndexer', { block: count(history.until) })}
      actions={
        <Select
          label={t('fleets.window.label')}
          value={chosen}
          onChange={(value) => setChosen(WINDOWS.find((each) => each === value) ?? 'all')}
          options={WINDOWS.map((each) => ({ value: each, label: t(`fleets.window.${each}`) }))}
        />
      }
    >
      {paid === null ? <Notice tone="info">{t('fleets.window.none')}</Notice> : <Returned waterfall={waterfall} paid={paid} block={history.until} />}
      <p>{waiting}</p>
    </Panel>
  )
}

function Returned({ waterfall, paid, block }: { readonly waterfall: Waterfall; readonly paid: Paid; readonly block: bigint }): ReactNode {
  const { t, locale, amount, symbol, ppm, energy, time, count } = useFigures()
  const { token, tranches } = waterfall
  const returns = returnsOf(
    paid,
    tranches.map(({ face }) => face),
  )
  const perKWh = rentPerKWhDown(paid.rent, paid.energyWh)
  const yearly = returns.net?.yearlyPpm ?? null
  const { seconds } = returns
  const until = { until: time(paid.until), count: paid.count }
  const period =
    paid.from === null || seconds === null
      ? t('fleets.method.period.noStart', until)
      : t('fleets.method.period.text', { ...until, from: time(paid.from), length: formatDuration(seconds, locale) })
  const year = yearly !== null ? 'simple' : seconds === null ? 'noStart' : 'short'
  return (
    <>
      <StatRow size="headline">
        <Stat
          label={t('fleets.returns.rent')}
          value={amount(paid.rent, token)}
          unit={symbol(token)}
          note={t('fleets.returns.rent.note', { count: paid.count })}
        />
        <Stat
          label={t('fleets.returns.perKWh')}
          value={perKWh === undefined ? NONE : amount(perKWh, token)}
          unit={symbol(token)}
          note={t('fleets.returns.perKWh.note', { energy: energy(paid.energyWh) })}
        />
        <Stat label={t('fleets.returns.gross')} value={ppm(returns.gross?.ppm, 4)} note={t('fleets.returns.gross.note')} />
        <Stat label={t('fleets.returns.net')} value={ppm(returns.net?.ppm, 4)} note={t('fleets.returns.net.note')} />
      </StatRow>
      <ReturnTable waterfall={waterfall} paid={paid} returns={returns} />
      <DataList
        rows={[
          { label: t('fleets.method.period'), value: period },
          { label: t('fleets.method.gross'), value: t('fleets.method.gross.text') },
          { label: t('fleets.method.net'), value: t('fleets.method.net.text') },
          { label: t('fleets.method.year'), value: t(`fleets.method.year.${year}`) },
          { label: t('fleets.method.asOf'), value: t('fleets.method.asOf.text', { block: count(block) }) },
        ]}
      />
    </>
  )
}
