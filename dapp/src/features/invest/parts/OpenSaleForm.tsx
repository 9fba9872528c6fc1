import { useState, type ReactNode } from 'react'
import { navigate } from '../../../app/router'
import type { Block } from '../../../chain/chain'
import { useConfig } from '../../../chain/context'
import type { Holding } from '../../../chain/read/revenue'
import { useWrite, useWritesAllowed } from '../../../chain/write/useWrite'
import type { Row } from '../../../chain/write/write'
import { MAX_SYMBOL, nameWithin } from '../../../format/name'
import { useT } from '../../../i18n/useT'
import { AmountInput } from '../../../ui/AmountInput'
import { Button } from '../../../ui/Button'
import { DataList } from '../../../ui/DataList'
import { Columns } from '../../../ui/layout/Columns'
import { Stack } from '../../../ui/layout/Stack'
import { Panel } from '../../../ui/Panel'
import { Select } from '../../../ui/Select'
import { trancheName } from '../../../ui/trancheName'
import { useFigures } from '../../../ui/useFigures'
import { offerOf, offerProblems, type Offer, type OfferDraft, type OfferField } from '../offer'
import { costUp } from '../price'
import { openWrite } from '../writes'
import css from './parts.module.css'

interface OpenSaleFormProps {
  readonly block: Block
  readonly holdings: readonly Holding[]
}

const EMPTY: OfferDraft = { price: null, cap: null, minimum: null, days: null }

/** The terms of a sale, what they come to, and what they mean for the seller. */
export function OpenSaleForm({ block, holdings }: OpenSaleFormProps): ReactNode {
  const t = useT()
  const format = useFigures()
  const start = useWrite()
  const allowed = useWritesAllowed()
  const contract = useConfig().contracts.PrimarySale.address
  const [chosen, setChosen] = useState(holdings[0]?.tranche.share ?? '')
  const [draft, setDraft] = useState(EMPTY)
  const holding = holdings.find(({ tranche }) => tranche.share === chosen) ?? holdings[0]
  if (holding === undefined) return null
  const { tranche, token, balance, fleetId } = holding
  const { decimals, symbol } = tranche
  const problems = offerProblems(draft, balance, decimals)
  const offer = offerOf(draft, { fleetId, tranche: tranche.index }, balance, decimals, block.timestamp)
  const summary = offer === null ? [] : rowsOf(offer)
  const set = (field: OfferField) => (value: bigint | null) => setDraft((before) => ({ ...before, [field]: value }))
  const errorOf = (field: OfferField): string | null => {
    const problem = problems[field]
    return problem === undefined ? null : t(`invest.offer.${problem}`)
  }
  // Another share may count otherwise: what was typed is not taken over.
  const choose = (share: string): void => {
    setChosen(holdings.find(({ tranche: each }) => each.share === share)?.tranche.share ?? '')
    setDraft(EMPTY)
  }
  const submit = (): void => {
    if (offer === null || !allowed.ok) return
    const currency = token === null ? null : { symbol: token.symbol, decimals: token.decimals }
    start({ ...openWrite(offer, tranche.share, summary, currency, { symbol, decimals }, contract), onDone: () => navigate('/invest') })
  }
  return (
    <Columns layout="main">
      <Panel title={t('invest.offer.terms')}>
        <form
          onSubmit={(event) => {
            event.preventDefault()
            submit()
          }}
        >
          <Stack>
            <Select
              label={t('invest.offer.share')}
              value={chosen}
              onChange={choose}
              options={holdings.map((each) => ({ value: each.tranche.share, label: optionOf(each) }))}
            />
            <AmountInput
              key={`cap${chosen}`}
              label={t('invest.offer.cap')}
              decimals={decimals}
              symbol={symbol}
              all={balance}
              onChange={set('cap')}
              error={errorOf('cap')}
              hint={t('invest.offer.capHint')}
              required
            />
            <AmountInput
              key={`price${chosen}`}
              label={t('invest.offer.price')}
              decimals={token?.decimals ?? 0}
              symbol={token?.symbol ?? ''}
              hint={token === null ? t('ui.amount.noToken') : undefined}
              disabled={token === null}
              onChange={set('price')}
              error={errorOf('price')}
              required
            />
            <AmountInput
              key={`minimum${chosen}`}
              label={t('invest.offer.minimum')}
              decimals={decimals}
              symbol={symbol}
              onChange={set('minimum')}
              error={errorOf('minimum')}
              hint={t('invest.offer.minimumHint')}
              required
            />
            <AmountInput key={`days${chosen}`} label={t('invest.offer.days')} decimals={0} onChange={set('days')} error={errorOf('days')} hint={t('invest.offer.daysHint')} required />
            <div>
              <Button type="submit" tone="accent" disabled={offer === null || !allowed.ok}>
                {t('invest.offer.review')}
              </Button>
            </div>
            {!allowed.ok && <p className={css.quiet}>{t(`wallet.off.${allowed.why}`)}</p>}
          </Stack>
        </form>
      </Panel>
      <Panel title={t('invest.offer.comes')} intro={t('invest.offer.comesIntro')}>
        {offer === null ? <p className={css.quiet}>{t('invest.offer.incomplete')}</p> : <DataList layout="ledger" rows={summary} />}
      </Panel>
    </Columns>
  )

  function optionOf({ tranche: each, tranches, fleetId: fleet, balance: held }: Holding): string {
    const name = trancheName(t, each.index, tranches)
    return t('invest.offer.option', { symbol: nameWithin(each.symbol, MAX_SYMBOL), tranche: name, fleet: `${fleet}`, balance: format.shares(held, each.decimals) })
  }

  function rowsOf({ price, cap, minimum, end }: Offer): Row[] {
    const value = (shares: bigint): string => format.money(costUp(shares, { price, decimals }), token)
    return [
      { label: t('invest.offer.cap'), value: format.shares(cap, decimals, symbol) },
      { label: t('invest.offer.price'), value: format.money(price, token) },
      { label: t('invest.offer.minimum'), value: format.shares(minimum, decimals, symbol) },
      { label: t('invest.offer.atMinimum'), value: value(minimum) },
      { label: t('invest.offer.atCap'), value: value(cap) },
      { label: t('invest.offer.ends'), value: format.time(end) },
    ]
  }
}
