import { useState, type ReactNode } from 'react'
import { Link } from '../../app/router'
import { useHead } from '../../chain/useHead'
import { periodEnd } from '../../domain/periodEnd'
import { formatAmount } from '../../format/formatAmount'
import { formatDuration, formatTime } from '../../format/time'
import { useLocale } from '../../i18n/useLocale'
import { useT } from '../../i18n/useT'
import { HashText } from '../../ui/HashText'
import { Stack } from '../../ui/layout/Stack'
import { Loaded } from '../../ui/Loaded'
import { PageHeader } from '../../ui/PageHeader'
import { Pager } from '../../ui/Pager'
import { Stat, StatRow } from '../../ui/Stat'
import { Table } from '../../ui/Table'
import { TimeText } from '../../ui/TimeText'
import { StateBadge } from './StateBadge'
import { useReports, type Reports } from './useReports'

const PAGE = 25

/** Every report that the oracle posted, with who signed it and whether money settles from it. */
export function Page(): ReactNode {
  const t = useT()
  const reports = useReports()
  return (
    <>
      <PageHeader title={t('reports.title')} lead={t('reports.lead')} />
      <Loaded query={reports} label={t('reports.loading')} failed={t('reports.failed')} lines={8}>
        {(all) => <ReportTable reports={all} />}
      </Loaded>
    </>
  )
}

function ReportTable({ reports }: { readonly reports: Reports }): ReactNode {
  const t = useT()
  const locale = useLocale()
  const head = useHead()
  const [page, setPage] = useState(0)
  const { rows, oracle, nodes, quorum, until, source } = reports
  const now = head?.now() ?? 0n
  const pages = Math.max(1, Math.ceil(rows.length / PAGE))
  const at = Math.min(page, pages - 1)
  const shown = rows.slice(at * PAGE, (at + 1) * PAGE)
  const newestFinal = rows.find(({ state }) => state === 'final')
  return (
    <Stack>
      <StatRow size="headline">
        <Stat label={t('reports.count')} value={formatAmount(BigInt(rows.length), 0, locale)} note={t('reports.epochLength', { time: formatDuration(oracle.epochLength, locale) })} />
        <Stat
          label={t('reports.newestFinal')}
          value={newestFinal === undefined ? '–' : formatAmount(newestFinal.epoch, 0, locale)}
          note={t('reports.dispute', { time: formatDuration(oracle.disputeWindow, locale) })}
        />
        <Stat label={t('reports.quorum')} value={t('reports.quorum.value', { quorum: `${quorum}`, nodes: `${nodes}` })} note={t('reports.quorum.note')} />
      </StatRow>
      <Table
        caption={t('reports.table')}
        captionHidden
        rows={shown}
        rowKey={({ tx, epoch }) => `${tx}-${epoch}`}
        empty={t('reports.none')}
        columns={[
          {
            key: 'epoch',
            head: t('reports.epoch'),
            cell: ({ epoch }) => <Link to={`/reports/${epoch}`}>{formatAmount(epoch, 0, locale)}</Link>,
          },
          {
            key: 'until',
            head: t('reports.periodEnd'),
            whole: true,
            cell: ({ epoch }) => {
              const end = periodEnd(oracle, epoch)
              return <TimeText at={end} text={formatTime(end, locale, 'UTC')} />
            },
          },
          { key: 'meters', head: t('reports.meters'), numeric: true, cell: ({ leafCount }) => formatAmount(leafCount, 0, locale) },
          {
            key: 'signers',
            head: t('reports.signers'),
            cell: ({ signers }) => signers.join(' '),
          },
          { key: 'state', head: t('reports.state'), cell: (report) => <StateBadge report={report} now={now} /> },
          { key: 'root', head: t('reports.root'), spare: true, cell: ({ root }) => <HashText hash={root} /> },
        ]}
      />
      {pages > 1 && (
        <Pager
          label={t('reports.pages')}
          position={t('reports.position', { first: `${at * PAGE + 1}`, last: `${at * PAGE + shown.length}`, all: `${rows.length}` })}
          onPrevious={at === 0 ? null : () => setPage(at - 1)}
          onNext={at === pages - 1 ? null : () => setPage(at + 1)}
        />
      )}
      <p>
        <small>{t(`reports.source.${source}`, { block: formatAmount(until, 0, locale) })}</small>
      </p>
    </Stack>
  )
}
