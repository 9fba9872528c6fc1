import { useState, type ReactNode } from 'react'
import { useConfig } from '../../chain/context'
import type { Token } from '../../chain/read/tokens'
import { useWrite, useWritesAllowed } from '../../chain/write/useWrite'
import { useT } from '../../i18n/useT'
import { AmountInput } from '../../ui/AmountInput'
import { AmountText } from '../../ui/AmountText'
import { Button } from '../../ui/Button'
import { DataList } from '../../ui/DataList'
import { Stack } from '../../ui/layout/Stack'
import { Panel } from '../../ui/Panel'
import css from '../../ui/prose.module.css'
import { Tabs } from '../../ui/Tabs'
import { NONE, useFigures } from '../../ui/useFigures'
import { openWrite } from './openWrite'
import { escrowProblem, type EscrowProblem, type Order } from './order'
import { useRunway, type Offer } from './queries'
import { ReachNote } from './ReachNote'

interface EscrowPanelProps {
  readonly offer: Offer
  readonly token: Token
  /** null while there is nothing to quote. */
  readonly order: Order | null
  /** By the intent of the write that opened it. */
  readonly onOpened: (intent: string) => void
}

type Choice = 'least' | 'full' | 'own'

/** What an order costs, what is paid in for it, and the button that opens it. */
export function EscrowPanel({ offer, token, order, onOpened }: EscrowPanelProps): ReactNode {
  const t = useT()
  const { money, time, count } = useFigures()
  const start = useWrite()
  const allowed = useWritesAllowed()
  const contract = useConfig().contracts.CapacityLease.address
  const [choice, setChoice] = useState<Choice>('full')
  const [own, setOwn] = useState<bigint | null>(null)
  const { fleet, cover, balance } = offer
  const runway = useRunway(fleet, order)
  const least = order === null ? undefined : runway.data
  const full = order?.price.escrowUp
  const escrow = choice === 'least' ? least : choice === 'full' ? full : (own ?? undefined)
  const problem = escrow === undefined || least === undefined ? null : escrowProblem(escrow, least, balance, cover)
  const ready = order !== null && escrow !== undefined && least !== undefined && problem === null && allowed.ok
  const amount = (units: bigint | undefined): ReactNode => (units === undefined ? NONE : <AmountText text={money(units, token)} />)

  function submit(): void {
    if (!ready) return
    const summary = [
      { label: t('lease-capacity.units'), value: count(order.units) },
      { label: t('leases.terms.start'), value: time(order.start) },
      { label: t('leases.terms.end'), value: time(order.end) },
      { label: t('leases.terms.rate'), value: money(fleet.spec.listRate, token) },
      { label: t('lease-capacity.price.total'), value: money(order.price.totalDown, token) },
      { label: t('lease-capacity.escrow'), value: money(escrow, token) },
    ]
    const write = openWrite({ contract, fleet, token, order, escrow, summary })
    start({ ...write, onDone: () => onOpened(write.intent) })
  }
  function words(wrong: EscrowProblem): string {
    const units = 'runway' in wrong ? wrong.runway : 'balance' in wrong ? wrong.balance : 'free' in wrong ? wrong.free : 0n
    return t(`lease-capacity.problem.${wrong.code}`, { amount: money(units, token) })
  }
  return (
    <Panel title={t('lease-capacity.price.title')}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <Stack>
          <DataList
            layout="ledger"
            rows={[
              { label: t('lease-capacity.price.rate'), value: amount(fleet.spec.listRate), note: t('lease-capacity.price.rate.note') },
              { label: t('lease-capacity.price.perHour'), value: amount(order?.price.perHour) },
              { label: t('lease-capacity.price.total'), value: amount(order?.price.totalDown), note: t('lease-capacity.price.total.note') },
              { label: t('lease-capacity.price.least'), value: amount(least), note: t('lease-capacity.price.least.note') },
            ]}
          />
          {runway.fault !== null && <p>{t(`errors.${runway.fault.code}`, runway.fault.args)}</p>}
          <Tabs
            label={t('lease-capacity.escrow')}
            tabs={(['full', 'least', 'own'] as const).map((each) => ({ id: each, label: t(`lease-capacity.escrow.${each}`) }))}
            selected={choice}
            onSelect={(id) => setChoice(id === 'least' || id === 'own' ? id : 'full')}
          >
            <Stack gap="tight">
              {choice === 'own' ? (
                <AmountInput
                  label={t('lease-capacity.escrow')}
                  decimals={token.decimals}
                  symbol={token.symbol}
                  all={balance ?? undefined}
                  initial={own}
                  onChange={setOwn}
                  error={problem === null ? null : words(problem)}
                  required
                />
              ) : (
                <>
                  <DataList layout="ledger" rows={[{ label: t('lease-capacity.escrow'), value: amount(escrow) }]} />
                  {problem !== null && <p role="alert">{words(problem)}</p>}
                </>
              )}
              {order !== null && escrow !== undefined && least !== undefined && escrow >= least && <ReachNote offer={offer} order={order} escrow={escrow} />}
            </Stack>
          </Tabs>
          {balance !== null && <p className={css.quiet}>{t('lease-capacity.balance', { amount: money(balance, token) })}</p>}
          <Button type="submit" tone="accent" wide disabled={!ready}>
            {t('lease-capacity.review')}
          </Button>
          {!allowed.ok && <p className={css.quiet}>{t(`wallet.off.${allowed.why}`)}</p>}
          <p className={css.quiet}>{t('lease-capacity.how')}</p>
        </Stack>
      </form>
    </Panel>
  )
}
