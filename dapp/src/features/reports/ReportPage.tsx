import type { ReactNode } from 'react'
import type { PageProps } from '../../app/feature'
import { Link } from '../../app/router'
import { useConfig } from '../../chain/context'
import { useHead } from '../../chain/useHead'
import { periodEnd } from '../../domain/periodEnd'
import { formatAmount } from '../../format/formatAmount'
import { visibleName } from '../../format/name'
import { formatTime } from '../../format/time'
import { useLocale } from '../../i18n/useLocale'
import { useT } from '../../i18n/useT'
import { DataList } from '../../ui/DataList'
import { EmptyState } from '../../ui/EmptyState'
import { HashText } from '../../ui/HashText'
import { Loaded } from '../../ui/Loaded'
import { PageHeader } from '../../ui/PageHeader'
import { Panel } from '../../ui/Panel'
import { TimeText } from '../../ui/TimeText'
import { Readings } from './Readings'
import type { ReportRow } from './reportList'
import { Signers } from './Signers'
import { StateBadge } from './StateBadge'
import { useReports, type Reports } from './useReports'

/** One report: what it says of itself on-chain, who signed it, and the readings under its root, each of which can be verified here. */
export function Page({ params }: PageProps): ReactNode {
  const t = useT()
  const epoch = epochOf(params['epoch'] ?? '')
  const reports = useReports()
  const head = useHead()
  const above = <Link to="/reports">{t('reports.title')}</Link>
  if (epoch === null) {
    return (
      <>
        <PageHeader title={t('reports.noEpoch')} above={above} />
        <EmptyState title={t('reports.noEpoch.text', { text: visibleName(params['epoch'] ?? '') })} />
      </>
    )
  }
  const title = t('reports.one', { epoch: `${epoch}` })
  const report = reports.data?.rows.find((row) => row.epoch === epoch)
  const now = head?.now() ?? 0n
  const said = report === undefined ? {} : { badges: <StateBadge report={report} now={now} />, lead: t(`reports.meaning.${report.state}`) }
  return (
    <>
      <PageHeader title={title} above={above} {...said} />
      <Loaded query={reports} label={t('reports.loading')} failed={t('reports.failed')} lines={8}>
        {(all) =>
          report === undefined ? (
            <EmptyState title={t('reports.notReported')}>{t('reports.notReported.text')}</EmptyState>
          ) : (
            <Found report={report} reports={all} />
          )
        }
      </Loaded>
    </>
  )
}

interface FoundProps {
  readonly report: ReportRow
  readonly reports: Reports
}

function Found({ report, reports }: FoundProps): ReactNode {
  const t = useT()
  const locale = useLocale()
  const { explorer } = useConfig().chain
  const { oracle } = reports
  const time = (at: bigint): ReactNode => <TimeText at={at} text={formatTime(at, locale, 'UTC')} />
  return (
    <>
      <Panel title={t('reports.onChain')} layout="aside" intro={t(`reports.source.${reports.source}`, { block: formatAmount(reports.until, 0, locale) })}>
        <DataList
          rows={[
            { label: t('reports.periodEnd'), value: time(periodEnd(oracle, report.epoch)) },
            {
              label: t('reports.base'),
              value: report.baseEpoch === 0n ? t('reports.base.none') : <Link to={`/reports/${report.baseEpoch}`}>{`${report.baseEpoch}`}</Link>,
              note: report.epoch - report.baseEpoch > 1n && report.baseEpoch > 0n ? t('reports.base.skipped', { count: Number(report.epoch - report.baseEpoch - 1n) }) : null,
            },
            { label: t('reports.root'), value: <HashText hash={report.root} full /> },
            { label: t('reports.meters'), value: formatAmount(report.leafCount, 0, locale) },
            { label: t('reports.minedAt'), value: time(report.minedAt) },
            { label: t('reports.finalAt'), value: time(report.finalAt) },
            {
              label: t('reports.tx'),
              value: <HashText hash={report.tx} href={explorer === null ? null : `${explorer}/tx/${report.tx}`} />,
            },
          ]}
        />
      </Panel>
      <Panel title={t('reports.signers')} layout="aside" intro={t('reports.signers.intro')}>
        <Signers report={report} />
      </Panel>
      {report.state !== 'dropped' && (
        <Panel title={t('reports.readings')} intro={t('reports.readings.intro')}>
          <Readings epoch={report.epoch} />
        </Panel>
      )}
    </>
  )
}

/** Epochs are counted from 1 in reports, and no further than a uint64. */
function epochOf(text: string): bigint | null {
  return /^[1-9][0-9]{0,18}$/.test(text) ? BigInt(text) : null
}
