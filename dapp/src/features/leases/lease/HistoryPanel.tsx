import type { ReactNode } from 'react'
import { useConfig } from '../../../chain/context'
import type { History } from '../../../chain/history/events'
import type { ChainQuery } from '../../../chain/useChainQuery'
import { shortAddress } from '../../../format/address'
import { useT } from '../../../i18n/useT'
import { HashText } from '../../../ui/HashText'
import { Stack } from '../../../ui/layout/Stack'
import { Loaded } from '../../../ui/Loaded'
import { Panel } from '../../../ui/Panel'
import { Table } from '../../../ui/Table'
import { TimeText } from '../../../ui/TimeText'
import { useFigures } from '../../../ui/useFigures'
import { transactionLink } from '../../../wallet/explorer'
import { happeningsOf, type Line } from '../logic/history'
import css from '../parts/parts.module.css'
import type { OneLease } from '../queries'

interface HistoryPanelProps {
  readonly found: OneLease
  readonly query: ChainQuery<History>
}

/** What happened to the lease on the chain, newest first. */
export function HistoryPanel({ found, query }: HistoryPanelProps): ReactNode {
  const t = useT()
  const { money, time, count } = useFigures()
  const { explorer } = useConfig().chain
  const token = found.fleet?.token ?? null
  return (
    <Panel title={t('leases.history.title')}>
      <Loaded query={query} label={t('leases.history.loading')} lines={6}>
        {({ events, until, source }) => (
          <Stack>
            <Table
              dense
              caption={t('leases.history.title')}
              captionHidden
              empty={t('leases.history.none')}
              rows={happeningsOf(events)}
              rowKey={({ key }) => key}
              columns={[
                { key: 'time', head: t('leases.history.time'), cell: (row) => <TimeText at={row.time} text={time(row.time)} /> },
                {
                  key: 'what',
                  head: t('leases.history.what'),
                  cell: ({ lines: [first, ...more] }) => (
                    <span className={css.roomy}>
                      {first !== undefined && said(first)}
                      {more.map((line) => (
                        <span key={line.id} className={css.under}>
                          {said(line)}
                        </span>
                      ))}
                    </span>
                  ),
                },
                { key: 'block', head: t('leases.history.block'), numeric: true, spare: true, cell: ({ block }) => count(block) },
                { key: 'tx', head: t('leases.history.tx'), spare: true, cell: ({ tx }) => <HashText hash={tx} href={transactionLink(explorer, tx)} /> },
              ]}
            />
            <p className={css.quiet}>{t(`leases.history.source.${source}`, { block: count(until) })}</p>
          </Stack>
        )}
      </Loaded>
    </Panel>
  )

  function said({ id, amounts = {}, times = {}, counts = {}, addresses = {} }: Line): string {
    return t(`leases.event.${id}`, { ...each(amounts, (units) => money(units, token)), ...each(times, time), ...each(counts, count), ...each(addresses, shortAddress) })
  }
}

function each<T>(values: Readonly<Record<string, T>>, format: (value: T) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, format(value)]))
}
