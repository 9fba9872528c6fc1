import { useState, type ReactNode } from 'react'
import { useWrite, useWritesAllowed } from '../../../chain/write/useWrite'
import { lacking, settledToOf } from '../../../domain/lease/runway'
import { termEnd } from '../../../domain/lease/state'
import { MAX_UINT96 } from '../../../domain/limits'
import { escrowUp } from '../../../format/leasePrice'
import { useT } from '../../../i18n/useT'
import { AmountInput } from '../../../ui/AmountInput'
import { Button } from '../../../ui/Button'
import { Cluster } from '../../../ui/layout/Cluster'
import { Stack } from '../../../ui/layout/Stack'
import { useFigures } from '../../../ui/useFigures'
import type { OneLease } from '../queries'
import { topUpWrite, type Making } from '../writes'

interface TopUpProps {
  readonly found: OneLease
  readonly making: Making
}

/** Adds to the escrow: what is typed, what it lacks, or what pays for the rest of the term. Anyone may. */
export function TopUp({ found, making }: TopUpProps): ReactNode {
  const t = useT()
  const { money } = useFigures()
  const start = useWrite()
  const allowed = useWritesAllowed()
  const [typed, setTyped] = useState<bigint | null>(null)
  // Offers fill a new field.
  const [offered, setOffered] = useState<{ readonly turn: number; readonly amount: bigint | null }>({ turn: 0, amount: null })
  const { lease, fleet, oracle, balance } = found
  const token = fleet?.token ?? null
  if (token === null) return <p>{t('leases.topUp.noToken')}</p>

  const { held } = lease.account
  const { debt } = lease.totals
  const left = termEnd(lease) - settledToOf(lease, oracle)
  const whole = escrowUp(lease.terms.units, lease.terms.rate, left > 0n ? left : 0n) + debt
  const offers = [
    { key: 'lacking', amount: lacking(lease) },
    { key: 'term', amount: whole > held ? whole - held : 0n },
  ].filter(({ amount }) => amount > 0n)
  const error = typed === null ? null : problemOf(typed)

  function problemOf(amount: bigint): string | null {
    if (amount === 0n) return t('leases.topUp.nothing')
    if (amount > MAX_UINT96) return t('leases.topUp.tooLarge')
    return balance !== null && amount > balance ? t('leases.topUp.balance', { balance: money(balance, token) }) : null
  }
  function fill(amount: bigint | null): void {
    setTyped(amount)
    setOffered(({ turn }) => ({ turn: turn + 1, amount }))
  }
  function submit(): void {
    if (typed === null || error !== null || !allowed.ok) return
    const rows = [
      { label: t('leases.topUp.amount'), value: money(typed, token) },
      { label: t('leases.topUp.heldAfter'), value: money(held + (typed > debt ? typed - debt : 0n), token) },
    ]
    const write = topUpWrite(typed, rows, making, () => fill(null))
    if (write !== null) start(write)
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <Stack gap="tight">
        <AmountInput
          key={offered.turn}
          label={t('leases.topUp.amount')}
          decimals={token.decimals}
          symbol={token.symbol}
          initial={offered.amount}
          all={balance ?? undefined}
          onChange={setTyped}
          error={error}
          required
        />
        {offers.length > 0 && (
          <Cluster>
            {offers.map(({ key, amount }) => (
              <Button key={key} small onClick={() => fill(amount)}>
                {t(`leases.topUp.offer.${key}`, { amount: money(amount, token) })}
              </Button>
            ))}
          </Cluster>
        )}
        <Button type="submit" tone="accent" wide disabled={typed === null || error !== null || !allowed.ok}>
          {t('leases.topUp.review')}
        </Button>
      </Stack>
    </form>
  )
}
