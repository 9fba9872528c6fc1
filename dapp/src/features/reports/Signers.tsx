import type { ReactNode } from 'react'
import { useConfig } from '../../chain/context'
import { keyAt, signerSetOf, type SignerSet } from '../../chain/proof/keys'
import { readSigners } from '../../chain/read/proof'
import { useChainQuery, type ChainQuery } from '../../chain/useChainQuery'
import { useT } from '../../i18n/useT'
import { AddressText } from '../../ui/AddressText'
import { Badge } from '../../ui/Badge'
import { Stack } from '../../ui/layout/Stack'
import { Loaded } from '../../ui/Loaded'
import { Table } from '../../ui/Table'
import { addressLink } from '../../wallet/explorer'
import type { ReportRow } from './reportList'

/** The nodes of the set that was in force when the report was posted, by the keys they had for its epoch, and whether each signed. */
export function Signers({ report }: { readonly report: ReportRow }): ReactNode {
  const t = useT()
  const set = useSignerSet(report)
  return (
    <Loaded query={set} label={t('reports.signers.loading')}>
      {(found) => (
        <Stack>
          <p>{found === null ? t('reports.signers.unknown') : t('reports.signers.needed', { quorum: `${found.quorum}`, nodes: `${found.keys.length}` })}</p>
          <SignerTable report={report} set={found} />
        </Stack>
      )}
    </Loaded>
  )
}

function SignerTable({ report, set }: { readonly report: ReportRow; readonly set: SignerSet | null }): ReactNode {
  const t = useT()
  const { explorer } = useConfig().chain
  const places = Array.from({ length: Math.max(set?.keys.length ?? 0, ...report.signers.map((place) => place + 1)) }, (_, place) => place)
  return (
    <Table
      dense
      caption={t('reports.signers')}
      captionHidden
      rows={places}
      rowKey={(place) => `${place}`}
      columns={[
        { key: 'node', head: t('reports.node'), cell: (place) => `${place}` },
        {
          key: 'key',
          head: t('reports.node.key'),
          cell: (place) => {
            const key = set === null ? null : keyAt(set, place, report.epoch)
            return key === null ? '–' : <AddressText address={key} href={addressLink(explorer, key)} />
          },
        },
        {
          key: 'signed',
          head: t('reports.signed'),
          cell: (place) => (report.signers.includes(place) ? <Badge tone="ok">{t('reports.signed.yes')}</Badge> : t('reports.signed.no')),
        },
      ]}
    />
  )
}

/** null where no event tells of the set. */
function useSignerSet({ block, logIndex }: ReportRow): ChainQuery<SignerSet | null> {
  return useChainQuery(
    ['reports', 'signers', block, logIndex],
    async (chain) => {
      const set = await readSigners(chain, { block, logIndex })
      return set === null ? null : signerSetOf(set)
    },
    { follow: 'found' },
  )
}
