import type { ReactNode } from 'react'
import { Link } from '../../app/router'
import { useViewer } from '../../app/viewer'
import type { Block } from '../../chain/chain'
import { readHoldings, type Holding } from '../../chain/read/revenue'
import { useChainQuery, type ChainQuery } from '../../chain/useChainQuery'
import { useT } from '../../i18n/useT'
import { EmptyState } from '../../ui/EmptyState'
import { Loaded } from '../../ui/Loaded'
import { PageHeader } from '../../ui/PageHeader'
import { OpenSaleForm } from './parts/OpenSaleForm'

type Address = `0x${string}`

interface Held {
  readonly block: Block
  readonly holdings: readonly Holding[]
}

/** Where who holds shares opens a sale of them. */
export function Page(): ReactNode {
  const t = useT()
  const { address } = useViewer()
  return (
    <>
      <PageHeader above={<Link to="/invest">{t('invest.title')}</Link>} title={t('invest.offer.title')} lead={t('invest.offer.lead')} />
      {address === null ? <EmptyState title={t('invest.offer.nobody')}>{t('invest.offer.nobodyText')}</EmptyState> : <Seller key={address} seller={address} />}
    </>
  )
}

function Seller({ seller }: { readonly seller: Address }): ReactNode {
  const t = useT()
  const held = useHeld(seller)
  return (
    <Loaded query={held} label={t('invest.offer.loading')} failed={t('invest.offer.failed')}>
      {({ block, holdings }) =>
        holdings.length === 0 ? (
          <EmptyState title={t('invest.offer.nothing')}>{t('invest.offer.nothingText')}</EmptyState>
        ) : (
          <OpenSaleForm block={block} holdings={holdings} />
        )
      }
    </Loaded>
  )
}

function useHeld(seller: Address): ChainQuery<Held> {
  return useChainQuery(['invest', 'held', seller], async (chain) => {
    const holdings = await readHoldings(chain, seller)
    return { block: chain.block, holdings: holdings.filter(({ balance }) => balance > 0n) }
  })
}
