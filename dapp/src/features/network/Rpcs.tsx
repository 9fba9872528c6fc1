import type { ReactNode } from 'react'
import { useHead, useRpcs } from '../../chain/useHead'
import { formatAmount } from '../../format/formatAmount'
import { formatTime } from '../../format/time'
import { useLocale } from '../../i18n/useLocale'
import { useT } from '../../i18n/useT'
import { Badge } from '../../ui/Badge'
import { Table } from '../../ui/Table'
import { TimeText } from '../../ui/TimeText'

/** Every RPC of the configuration as it last answered, and which one is read from. */
export function Rpcs(): ReactNode {
  const t = useT()
  const locale = useLocale()
  const head = useHead()
  const rpcs = useRpcs()
  return (
    <Table
      dense
      caption={t('network.rpcs')}
      captionHidden
      rows={rpcs}
      rowKey={({ url }) => url}
      columns={[
        { key: 'url', head: t('network.rpc'), cell: ({ url }) => url },
        { key: 'block', head: t('network.rpc.block'), numeric: true, cell: ({ block }) => (block === null ? '–' : formatAmount(block.number, 0, locale)) },
        {
          key: 'time',
          head: t('network.rpc.time'),
          whole: true,
          cell: ({ block }) => (block === null ? '–' : <TimeText at={block.timestamp} text={formatTime(block.timestamp, locale, 'UTC')} />),
        },
        {
          key: 'state',
          head: t('network.rpc.state'),
          cell: ({ url, fault }) =>
            fault !== null ? (
              <Badge tone="bad">{t(`errors.rpc.${fault}`)}</Badge>
            ) : (
              <Badge tone={url === head?.rpc ? 'info' : 'ok'}>{url === head?.rpc ? t('network.rpc.inUse') : t('network.rpc.ready')}</Badge>
            ),
        },
      ]}
    />
  )
}
