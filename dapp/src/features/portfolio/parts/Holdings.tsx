import { useState, type ReactNode } from 'react'
import { Link } from '../../../app/router'
import type { Holding } from '../../../chain/read/revenue'
import { useWrite, useWritesAllowed } from '../../../chain/write/useWrite'
import { ppmDown } from '../../../format/ratio'
import { useT } from '../../../i18n/useT'
import { AmountText } from '../../../ui/AmountText'
import { Button } from '../../../ui/Button'
import { CardTable } from '../../../ui/CardTable'
import { EmptyState } from '../../../ui/EmptyState'
import { Cluster } from '../../../ui/layout/Cluster'
import { Panel } from '../../../ui/Panel'
import type { Column } from '../../../ui/Table'
import { trancheName } from '../../../ui/trancheName'
import { useFigures } from '../../../ui/useFigures'
import type { Earned } from '../earning'
import type { Address } from '../statement/movement'
import type { Portfolio } from '../usePortfolio'
import { fleetName } from '../words'
import { claimWrite } from '../writes'
import css from './parts.module.css'
import { SendDialog } from './SendDialog'

interface HoldingsProps {
  readonly portfolio: Portfolio
  readonly earned: readonly Earned[]
  readonly holder: Address
}

/** Each share the viewer has or that owes him something, what it can be claimed now, and what comes. */
export function Holdings({ portfolio, earned, holder }: HoldingsProps): ReactNode {
  const t = useT()
  const format = useFigures()
  const start = useWrite()
  const allowed = useWritesAllowed()
  const [sending, setSending] = useState<Holding | null>(null)
  const owed = portfolio.holdings.filter(({ claimable }) => claimable > 0n)
  const claimAll = owed.length > 1 && (
    <Button tone="accent" disabled={!allowed.ok} onClick={() => start(claimWrite(owed, t, format))}>
      {t('portfolio.claim.allButton')}
    </Button>
  )
  const columns: Column<Earned>[] = [
    { key: 'share', head: t('portfolio.holdings.share'), cell: ({ holding }) => <Name holding={holding} portfolio={portfolio} /> },
    { key: 'balance', head: t('portfolio.holdings.balance'), numeric: true, cell: ({ holding }) => <Balance holding={holding} /> },
    {
      key: 'claimable',
      head: t('portfolio.holdings.claimable'),
      numeric: true,
      cell: ({ holding }) => <AmountText strong text={format.money(holding.claimable, holding.token)} />,
    },
    { key: 'coming', head: t('portfolio.holdings.coming'), numeric: true, cell: (row) => <Coming earned={row} /> },
    {
      key: 'actions',
      head: t('portfolio.holdings.actions'),
      cell: ({ holding }) => {
        const name = trancheName(t, holding.tranche.index, holding.tranches)
        const of = t('portfolio.holdings.of', { tranche: name, fleet: fleetName(t, holding.fleetId, portfolio.fleets) })
        return (
          <Cluster>
            <Button
              small
              tone={owed.length === 1 ? 'accent' : 'plain'}
              disabled={!allowed.ok || holding.claimable === 0n}
              aria-label={t('portfolio.claim.buttonOf', { of })}
              onClick={() => start(claimWrite([holding], t, format))}
            >
              {t('portfolio.claim.button')}
            </Button>
            <Button
              small
              disabled={!allowed.ok || holding.balance === 0n}
              aria-label={t('portfolio.send.buttonOf', { of })}
              onClick={() => setSending(holding)}
            >
              {t('portfolio.send.button')}
            </Button>
          </Cluster>
        )
      },
    },
  ]
  return (
    <Panel title={t('portfolio.holdings.title')} intro={t('portfolio.holdings.intro')} actions={claimAll}>
      {earned.length === 0 ? (
        <EmptyState title={t('portfolio.holdings.none')} action={<Link to="/invest">{t('portfolio.holdings.toSales')}</Link>}>
          {t('portfolio.holdings.noneText')}
        </EmptyState>
      ) : (
        <CardTable
          caption={t('portfolio.holdings.title')}
          captionHidden
          columns={columns}
          rows={earned}
          rowKey={({ holding }) => holding.tranche.share}
        />
      )}
      {!allowed.ok && earned.length > 0 && <p className={css.quiet}>{t(`wallet.off.${allowed.why}`)}</p>}
      {sending !== null && <SendDialog holding={sending} holder={holder} onClose={() => setSending(null)} />}
    </Panel>
  )
}

function Name({ holding, portfolio }: { readonly holding: Holding; readonly portfolio: Portfolio }): ReactNode {
  const t = useT()
  const format = useFigures()
  const { tranche, tranches, fleetId } = holding
  const terms = tranche.couponBps > 0 ? t('portfolio.coupon', { rate: format.bps(tranche.couponBps) }) : t('portfolio.rest')
  return (
    <>
      <Link to={`/fleets/${fleetId}`}>{fleetName(t, fleetId, portfolio.fleets)}</Link>
      <span className={css.under}>
        {trancheName(t, tranche.index, tranches)}, {terms}
      </span>
    </>
  )
}

function Balance({ holding }: { readonly holding: Holding }): ReactNode {
  const t = useT()
  const format = useFigures()
  const { balance, supply, tranche } = holding
  const part = ppmDown(balance, supply)
  return (
    <>
      <AmountText text={format.shares(balance, tranche.decimals, tranche.symbol)} />
      {part !== undefined && <span className={css.under}>{t('portfolio.holdings.part', { part: format.ppm(part, 4) })}</span>}
    </>
  )
}

function Coming({ earned: { holding, projected } }: { readonly earned: Earned }): ReactNode {
  const t = useT()
  const format = useFigures()
  const next = projected[0]
  if (next === undefined) return <span className={css.quiet}>{t('portfolio.total.none')}</span>
  return (
    <>
      <AmountText text={format.money(next.claimable, holding.token)} />
      <span className={css.under}>{t('portfolio.holdings.by', { time: format.time(next.at) })}</span>
    </>
  )
}
