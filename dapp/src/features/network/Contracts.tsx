import type { ReactNode } from 'react'
import { useConfig, useDeployment } from '../../chain/context'
import { CONTRACT_NAMES } from '../../config/schema'
import { useT } from '../../i18n/useT'
import { AddressText } from '../../ui/AddressText'
import { Badge } from '../../ui/Badge'
import { HashText } from '../../ui/HashText'
import { Table } from '../../ui/Table'

/** The contracts of the configuration, and whether the code at their addresses is the code this page was made for. */
export function Contracts(): ReactNode {
  const t = useT()
  const { chain, contracts } = useConfig()
  const deployment = useDeployment()
  const wrong = new Map(
    deployment.state === 'wrong' ? deployment.what.flatMap((each) => (each.code === 'deployment.wrongChain' ? [] : [[each.args.contract, each] as const])) : [],
  )
  return (
    <Table
      dense
      caption={t('network.contracts')}
      captionHidden
      rows={CONTRACT_NAMES}
      rowKey={(name) => name}
      columns={[
        { key: 'name', head: t('network.contract'), cell: (name) => name },
        {
          key: 'address',
          head: t('network.contract.address'),
          cell: (name) => {
            const { address } = contracts[name]
            return <AddressText address={address} href={chain.explorer === null ? null : `${chain.explorer}/address/${address}`} />
          },
        },
        { key: 'code', head: t('network.contract.code'), spare: true, cell: (name) => <HashText hash={contracts[name].codeHash} /> },
        {
          key: 'state',
          head: t('network.contract.state'),
          cell: (name) => {
            const fault = wrong.get(name)
            if (fault !== undefined) return <Badge tone="bad">{t(`errors.${fault.code}`, fault.args)}</Badge>
            return deployment.state === 'checking' ? <Badge>{t('network.contract.checking')}</Badge> : <Badge tone="ok">{t('network.contract.ok')}</Badge>
          },
        },
      ]}
    />
  )
}
