import type { ReactNode } from 'react'
import { useT } from '../../i18n/useT'
import { PageHeader } from '../../ui/PageHeader'
import { Panel } from '../../ui/Panel'
import { Contracts } from './Contracts'
import { Coverage } from './Coverage'
import { Nodes } from './Nodes'
import { Rpcs } from './Rpcs'

/** What this page rests on: who meters, what they reach, which RPCs answer, and which contracts it was made for. */
export function Page(): ReactNode {
  const t = useT()
  return (
    <>
      <PageHeader title={t('network.title')} lead={t('network.lead')} />
      <Panel title={t('network.nodes')} intro={t('network.nodes.intro')}>
        <Nodes />
      </Panel>
      <Panel title={t('network.coverage')} intro={t('network.coverage.intro')}>
        <Coverage />
      </Panel>
      <Panel title={t('network.rpcs')} intro={t('network.rpcs.intro')}>
        <Rpcs />
      </Panel>
      <Panel title={t('network.contracts')} intro={t('network.contracts.intro')}>
        <Contracts />
      </Panel>
    </>
  )
}
