import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Link } from '../../app/router'
import { useConfig } from '../../chain/context'
import { readFleets } from '../../chain/read/fleets'
import { useChainQuery } from '../../chain/useChainQuery'
import { coverageOf, type SiteCoverage, type Coverage as SitesCovered } from '../../domain/coverage/sites'
import type { Locale } from '../../format/locale'
import { formatPpm } from '../../format/ratio'
import { formatTime } from '../../format/time'
import { useLocale } from '../../i18n/useLocale'
import { useT } from '../../i18n/useT'
import { readCoverages } from '../../node/read'
import { Badge } from '../../ui/Badge'
import { Stack } from '../../ui/layout/Stack'
import { Loaded } from '../../ui/Loaded'
import { NameText } from '../../ui/NameText'
import { Notice } from '../../ui/Notice'
import { Skeleton } from '../../ui/Skeleton'
import { Table } from '../../ui/Table'
import { TimeText } from '../../ui/TimeText'

const AGAIN_MS = 15_000

/** What the nodes get of each site's telemetry, by their own word: a report takes the median of what they saw. */
export function Coverage(): ReactNode {
  const t = useT()
  const config = useConfig()
  const fleets = useChainQuery(['fleets'], readFleets)
  const answers = useQuery({
    queryKey: ['coverages', config.nodes],
    queryFn: ({ signal }) => readCoverages(config, 24, { signal }),
    refetchInterval: AGAIN_MS,
  })
  const { data } = answers
  return (
    <Loaded query={fleets} label={t('network.coverage.loading')}>
      {(all) =>
        // readCoverages answers for every node, if only why it did not.
        data === undefined ? (
          <Skeleton label={t('network.coverage.loading')} lines={4} />
        ) : (
          <CoverageTable {...coverageOf(config.nodes, data, all.map(({ fleetId }) => fleetId))} />
        )
      }
    </Loaded>
  )
}

function CoverageTable({ rows, silent }: SitesCovered): ReactNode {
  const t = useT()
  const locale = useLocale()
  return (
    <Stack>
      {silent.map(({ node, fault }) => (
        <Notice key={node} tone="warn" title={t('network.coverage.silent', { node })}>
          {t(`errors.${fault.code}`, fault.args)}
        </Notice>
      ))}
      <Table
        dense
        caption={t('network.coverage')}
        captionHidden
        rows={rows}
        rowKey={({ fleet }) => fleet}
        empty={t('network.coverage.none')}
        columns={[
          { key: 'fleet', head: t('network.fleet'), cell: ({ fleet }) => <Link to={`/fleets/${fleet}`}>{t('network.fleet.one', { fleet })}</Link> },
          { key: 'kind', head: t('network.source'), spare: true, cell: ({ kind }) => <NameText name={kind} /> },
          { key: 'trust', head: t('network.trust'), numeric: true, cell: ({ trustLevel }) => `${trustLevel}` },
          { key: 'share', head: t('network.sampled'), numeric: true, cell: ({ sampled }) => sampledText(sampled, locale) },
          {
            key: 'last',
            head: t('network.lastSampled'),
            whole: true,
            cell: ({ lastSampled }) => (lastSampled === null ? '–' : <TimeText at={lastSampled} text={formatTime(lastSampled, locale, 'UTC')} />),
          },
          {
            key: 'reached',
            head: t('network.reached'),
            cell: ({ reachedBy, askedBy }) => (
              <Badge tone={reachedBy === askedBy ? 'ok' : reachedBy === 0 ? 'bad' : 'warn'}>{t('network.reached.by', { reached: `${reachedBy}`, asked: `${askedBy}` })}</Badge>
            ),
          },
        ]}
      />
    </Stack>
  )
}

function sampledText(sampled: SiteCoverage['sampled'], locale: Locale): string {
  if (sampled === null) return '–'
  const [least, most] = [formatPpm(sampled.least, locale, 1), formatPpm(sampled.most, locale, 1)]
  return least === most ? least : `${least} – ${most}`
}
