import type { ReactNode } from 'react'
import type { Token } from '../../../chain/read/tokens'
import { AmountText } from '../../../ui/AmountText'
import { Stat, StatRow } from '../../../ui/Stat'
import { useFigures } from '../../../ui/useFigures'
import type { FleetRow } from './FleetTable'

/** All of the viewer's fleets in figures; money by currency, for currencies are not added up. */
export function Totals({ rows }: { readonly rows: readonly FleetRow[] }): ReactNode {
  const { t, count, money, about } = useFigures()
  const units = sum(rows.map(({ fleet }) => fleet.spec.units))
  const rented = sum(rows.map(({ fleet }) => fleet.account.unitsCommitted))
  const open = sum(rows.map(({ fleet }) => fleet.account.openLeases))
  const tokens = new Map<string, Token>(rows.flatMap(({ fleet: { token } }) => (token === null ? [] : [[token.address, token]])))
  const todos = rows.flatMap((row) => row.todos).filter(({ code }) => code !== 'wait' && code !== 'delisted').length
  return (
    <StatRow size="headline">
      <Stat label={t('operate.totals.fleets')} value={count(rows.length)} note={t('operate.totals.todos', { count: todos })} />
      <Stat label={t('operate.totals.let')} value={count(rented)} unit="GPU" note={t('operate.totals.let.note', { units: count(units), leases: Number(open) })} />
      {[...tokens.values()].map((token) => {
        const own = rows.filter(({ fleet }) => fleet.token?.address === token.address)
        const claimable = sum(own.map(({ fleet }) => fleet.waterfall?.fees.operator ?? 0n))
        const till = sum(own.map(({ fleet }) => fleet.account.money.till))
        return (
          <Stat
            key={token.address}
            label={t('operate.totals.claimable')}
            value={<AmountText text={about(claimable, token)} title={money(claimable, token)} />}
            note={t('operate.totals.till', { amount: about(till, token) })}
          />
        )
      })}
    </StatRow>
  )
}

function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, each) => total + each, 0n)
}
