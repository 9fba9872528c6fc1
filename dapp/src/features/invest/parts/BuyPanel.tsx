import { useState, type ReactNode } from 'react'
import { useConfig } from '../../../chain/context'
import { useWrite, useWritesAllowed } from '../../../chain/write/useWrite'
import { useT } from '../../../i18n/useT'
import { AmountInput } from '../../../ui/AmountInput'
import { Button } from '../../../ui/Button'
import { DataList, type DataRow } from '../../../ui/DataList'
import { Stack } from '../../../ui/layout/Stack'
import { Panel } from '../../../ui/Panel'
import { Tabs } from '../../../ui/Tabs'
import { useFigures } from '../../../ui/useFigures'
import { sharesFor } from '../price'
import { purchaseOf, type PurchaseProblem } from '../purchase'
import type { OneSale } from '../useSales'
import { buyWrite } from '../writes'
import css from './parts.module.css'

type By = 'shares' | 'amount'

/** Buys shares: by their number, or by what one wants to spend. */
export function BuyPanel({ found: { sale, stake } }: { readonly found: OneSale }): ReactNode {
  const t = useT()
  const format = useFigures()
  const start = useWrite()
  const allowed = useWritesAllowed()
  const contract = useConfig().contracts.PrimarySale.address
  const [by, setBy] = useState<By>('shares')
  const [typed, setTyped] = useState<bigint | null>(null)
  // A field that is emptied after a purchase is a new field.
  const [turn, setTurn] = useState(0)

  const shares = typed === null ? null : by === 'shares' ? typed : sharesFor(typed, sale)
  const { purchase, problem } = purchaseOf(shares ?? 0n, sale, stake?.balance ?? null)
  const ready = shares !== null && problem === null && allowed.ok
  const error = shares === null || problem === null ? null : wordsOf(problem)
  const mostShares = stake === null ? sale.left : least(sale.left, sharesFor(stake.balance, sale))
  const choose = (id: string): void => {
    setBy(id === 'amount' ? 'amount' : 'shares')
    setTyped(null)
  }
  const submit = (): void => {
    if (!ready) return
    start({
      ...buyWrite(sale, purchase, { contract, t, format }),
      onDone: () => {
        setTyped(null)
        setTurn((count) => count + 1)
      },
    })
  }
  const rows: DataRow[] = [
    { label: t('invest.buy.get'), value: shares === null ? '—' : format.shares(purchase.shares, sale.decimals, sale.shareSymbol) },
    { label: t('invest.buy.price'), value: format.money(sale.price, sale.token) },
    { label: t('invest.buy.cost'), value: shares === null ? '—' : format.money(purchase.cost, sale.token), note: t('invest.buy.rounding') },
    ...(stake === null
      ? []
      : [
          { label: t('invest.buy.balance'), value: format.money(stake.balance, sale.token) },
          { label: t('invest.buy.allowance'), value: format.money(stake.allowance, sale.token), note: t('invest.buy.allowanceNote') },
        ]),
  ]
  return (
    <Panel title={t('invest.buy.title')} intro={sale.successful ? t('invest.buy.delivered') : t('invest.buy.booked')}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <Stack>
          <Tabs
            label={t('invest.buy.by')}
            tabs={[
              { id: 'shares', label: t('invest.buy.byShares') },
              { id: 'amount', label: t('invest.buy.byAmount') },
            ]}
            selected={by}
            onSelect={choose}
          >
            {by === 'shares' ? (
              <AmountInput
                key={`shares${turn}`}
                label={t('invest.buy.shares')}
                decimals={sale.decimals}
                symbol={sale.shareSymbol}
                all={mostShares}
                onChange={setTyped}
                error={error}
                required
              />
            ) : (
              <AmountInput
                key={`amount${turn}`}
                label={t('invest.buy.amount')}
                hint={t(sale.token === null ? 'ui.amount.noToken' : 'invest.buy.amountHint')}
                disabled={sale.token === null}
                decimals={sale.token?.decimals ?? 0}
                symbol={sale.token?.symbol ?? ''}
                all={sale.token === null ? undefined : stake?.balance}
                onChange={setTyped}
                error={error}
                required
              />
            )}
          </Tabs>
          <DataList layout="ledger" rows={rows} />
          <Button type="submit" tone="accent" wide disabled={!ready}>
            {t('invest.buy.review')}
          </Button>
          {!allowed.ok && <p className={css.quiet}>{t(`wallet.off.${allowed.why}`)}</p>}
          <p className={css.quiet}>{t('invest.buy.how')}</p>
        </Stack>
      </form>
    </Panel>
  )

  function wordsOf(wrong: PurchaseProblem): string {
    if (wrong.code === 'nothing') return t('invest.problem.nothing')
    if (wrong.code === 'notEnoughLeft') return t('invest.problem.notEnoughLeft', { left: format.shares(wrong.left, sale.decimals, sale.shareSymbol) })
    return t('invest.problem.balanceTooSmall', { balance: format.money(wrong.balance, sale.token), cost: format.money(wrong.cost, sale.token) })
  }
}

function least(one: bigint, other: bigint): bigint {
  return one < other ? one : other
}
