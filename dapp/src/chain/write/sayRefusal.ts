import type { Argument, Refusal } from '../../queue/entry'
import { shortAddress } from '../../format/address'
import { formatAmount } from '../../format/formatAmount'
import type { Locale } from '../../format/locale'
import { isolated, visibleName } from '../../format/name'
import { formatBps } from '../../format/ratio'
import { formatDuration, formatTime } from '../../format/time'
import type { Currencies, Currency } from './write'

type Translate = (id: string, values?: Readonly<Record<string, string | number>>) => string

export interface Saying {
  readonly t: Translate
  readonly locale: Locale
  readonly timeZone: string
  /** What amounts are counted in; those of a token that is not known are said in smallest units. */
  readonly currencies: Currencies
}

const TIMES = new Set(['until', 'start', 'end', 'time', 'earliest', 'latest', 'stop', 'finalAt', 'opensAt', 'closedAt', 'now_', 'deadline', 'updatedAt', 'nextAt'])
const DURATIONS = new Set(['epochLength', 'maxAge', 'delay'])
const AMOUNTS = new Set(['amount', 'atRisk', 'bond', 'bonded', 'cost', 'cover', 'escrow', 'listRate', 'maxCost', 'rate', 'received', 'runway', 'wanted'])
/** The same name means other things in other errors. */
const OWN: Readonly<Record<string, Kind>> = {
  'CapacityLease_WrongAmountReceived.expected': 'amount',
  'NodeBonds_WrongAmountReceived.expected': 'amount',
  // The shares of a new sale, or what a buyer pays.
  'PrimarySale_WrongAmountReceived.expected': 'moved',
  'PrimarySale_WrongAmountReceived.received': 'moved',
  'RevenueFactory_BadPeriod.period': 'duration',
  // Of the token that refuses, be it a share or money.
  'ERC20InsufficientAllowance.allowance': 'moved',
  'ERC20InsufficientAllowance.needed': 'moved',
  'ERC20InsufficientBalance.balance': 'moved',
  'ERC20InsufficientBalance.needed': 'moved',
}
const MOST_TEXT = 200

/** `amount` is of the payment token, `moved` of the token that the write moves. */
type Kind = 'time' | 'duration' | 'amount' | 'moved' | 'bps' | 'integer'

/** A refusal as a sentence: the catalog's text of the error, with its arguments written as what they are. */
export function sayRefusal(refusal: Refusal, saying: Saying): string {
  const values = refusal.arguments.map((argument) => [argument.name, written(refusal.name, argument, saying)] as const)
  return saying.t(`errors.${refusal.name}`, Object.fromEntries(values))
}

function written(error: string, { name, value }: Argument, { t, locale, timeZone, currencies }: Saying): string {
  if (typeof value === 'string') return textOf(value)
  if (typeof value !== 'bigint') return String(value)
  const amountOf = (currency: Currency | null): string =>
    currency === null
      ? t('errors.units', { amount: formatAmount(value, 0, locale) })
      : `${formatAmount(value, currency.decimals, locale)} ${isolated(visibleName(currency.symbol))}`
  switch (kindOf(error, name)) {
    case 'time':
      return formatTime(value, locale, timeZone)
    case 'duration':
      return formatDuration(value, locale, 'long')
    case 'bps':
      return formatBps(value, locale)
    case 'amount':
      return amountOf(currencies.money)
    case 'moved':
      return amountOf(currencies.moved)
    case 'integer':
      // Ids and indices are names, and are not grouped.
      return /Id$|^index$|^epoch$|^round$|^period$|^tranche$/.test(name) ? value.toString() : formatAmount(value, 0, locale)
  }
}

function kindOf(error: string, name: string): Kind {
  const own = OWN[`${error}.${name}`]
  if (own !== undefined) return own
  if (TIMES.has(name)) return 'time'
  if (DURATIONS.has(name)) return 'duration'
  if (AMOUNTS.has(name)) return 'amount'
  return /bps$/i.test(name) ? 'bps' : 'integer'
}

function textOf(text: string): string {
  if (/^0x[0-9a-fA-F]{40}$/.test(text)) return shortAddress(text)
  return /^0x[0-9a-fA-F]{20,}$/.test(text) ? `${text.slice(0, 10)}…` : isolated(visibleName(text, MOST_TEXT))
}
