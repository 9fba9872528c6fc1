import type { ReactNode } from 'react'
import { useConfig } from '../../../chain/context'
import type { FleetSummary } from '../../../chain/read/fleets'
import { MAX_SYMBOL, nameWithin } from '../../../format/name'
import { useT, type Translate } from '../../../i18n/useT'
import { AddressText } from '../../../ui/AddressText'
import { AmountText } from '../../../ui/AmountText'
import { HashText } from '../../../ui/HashText'
import type { Column } from '../../../ui/Table'
import { TimeText } from '../../../ui/TimeText'
import { useFigures, type Figures } from '../../../ui/useFigures'
import { addressLink, transactionLink } from '../../../wallet/explorer'
import type { Movement } from '../statement/movement'
import { namingOf, type Account, type Naming } from '../statement/statement'
import { fleetName, kindName } from '../words'
import css from './parts.module.css'

/** The columns of the books: of income, what accrued and was paid; of everything, shares too. */
export function useMovementColumns(account: Account, fleets: readonly FleetSummary[], which: 'income' | 'all'): Column<Movement>[] {
  const t = useT()
  const format = useFigures()
  const { explorer } = useConfig().chain
  const naming = ({ share }: Movement): Naming => namingOf(account, share.share)
  const what: Column<Movement> = {
    key: 'what',
    head: t('portfolio.history.what'),
    cell: (row) => (
      <>
        {kindName(t, row)}
        <span className={css.under}>
          {fleetName(t, row.share.fleetId, fleets)}, {nameWithin(naming(row).symbol, MAX_SYMBOL)}
        </span>
      </>
    ),
  }
  const when: Column<Movement> = {
    key: 'when',
    head: t('portfolio.history.when'),
    whole: true,
    cell: (row) => (
      <>
        <TimeText at={row.time} text={format.time(row.time)} />
        <span className={css.under}>{t('portfolio.history.block', { block: format.count(row.block) })}</span>
      </>
    ),
  }
  const tx: Column<Movement> = {
    key: 'tx',
    head: t('portfolio.history.transaction'),
    cell: (row) => (row.tx === null ? <span className={css.quiet}>{t('portfolio.history.notYet')}</span> : <HashText hash={row.tx} href={transactionLink(explorer, row.tx)} />),
  }
  if (which === 'income') {
    return [
      when,
      what,
      { key: 'accrued', head: t('portfolio.history.accrued'), numeric: true, cell: (row) => amount(format, row.accrued, naming(row)) },
      { key: 'paidOut', head: t('portfolio.history.paidOut'), numeric: true, cell: (row) => amount(format, row.claimed + row.received, naming(row)) },
      { key: 'left', head: t('portfolio.history.claimable'), numeric: true, cell: (row) => <AmountText text={format.money(row.claimable, naming(row).token)} /> },
      tx,
    ]
  }
  return [
    when,
    what,
    { key: 'shares', head: t('portfolio.history.shares'), numeric: true, cell: (row) => sharesOf(t, format, row, naming(row)) },
    { key: 'money', head: t('portfolio.history.money'), numeric: true, cell: (row) => moneyOf(t, format, row, naming(row)) },
    { key: 'balance', head: t('portfolio.history.balance'), numeric: true, cell: (row) => <AmountText text={format.shares(row.balance, naming(row).decimals)} /> },
    {
      key: 'other',
      head: t('portfolio.history.other'),
      cell: (row) => row.other !== null && <AddressText address={row.other} href={addressLink(explorer, row.other)} />,
    },
    tx,
  ]
}

function amount(format: Figures, units: bigint, { token }: Naming): ReactNode {
  return units > 0n && <AmountText text={format.money(units, token)} />
}

/** Shares that came, went, or were booked. */
function sharesOf(t: Translate, format: Figures, row: Movement, { decimals, symbol }: Naming): ReactNode {
  const said = (id: string, units: bigint): ReactNode => <AmountText text={t(id, { amount: format.shares(units, decimals, symbol) })} />
  if (row.sharesIn > 0n) return said('portfolio.plus', row.sharesIn)
  if (row.sharesOut > 0n) return said('portfolio.minus', row.sharesOut)
  if (row.bookedIn > 0n) return said('portfolio.booked', row.bookedIn)
  return row.bookedOut > 0n && said('portfolio.unbooked', row.bookedOut)
}

/** Money that came or went; what accrued is marked as not paid out. */
function moneyOf(t: Translate, format: Figures, row: Movement, { token }: Naming): ReactNode {
  const said = (id: string, units: bigint): ReactNode => <AmountText text={t(id, { amount: format.money(units, token) })} />
  if (row.paid > 0n) return said('portfolio.minus', row.paid)
  if (row.claimed + row.received > 0n) return said('portfolio.plus', row.claimed + row.received)
  return row.accrued > 0n && said('portfolio.accruedAmount', row.accrued)
}
