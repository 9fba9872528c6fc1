import { useMemo } from 'react'
import { formatEnergy } from '../format/energy'
import { formatAmount } from '../format/formatAmount'
import type { Locale } from '../format/locale'
import { MAX_SYMBOL, nameWithin } from '../format/name'
import { formatBps, formatPpm } from '../format/ratio'
import { formatDay, formatDuration, formatTime } from '../format/time'
import { useLocale } from '../i18n/useLocale'
import { useT, type Translate } from '../i18n/useT'

/** A currency or a share as an amount needs it; null where the address that was given is no ERC-20. */
export type AmountToken = { readonly symbol: string; readonly decimals: number } | null

/** What stands for a figure that there is none of. */
export const NONE = '–'

/** How the pages write figures, in the page's language. Times are UTC, as the contracts' periods are. Everything is rounded down. */
export interface Figures {
  readonly locale: Locale
  readonly t: Translate
  /** Smallest units, exact, with the symbol; of no token as the smallest units they are, in words. */
  readonly money: (units: bigint, token: AmountToken) => string
  /** The same with two decimals: where the exact amount is a title or a click away. */
  readonly about: (units: bigint, token: AmountToken) => string
  /** Exact, without the symbol, which `symbol` gives: for figures that stand apart from their unit. */
  readonly amount: (units: bigint, token: AmountToken) => string
  /** The same with two decimals: where the exact amount stands beside it. */
  readonly short: (units: bigint, token: AmountToken) => string
  readonly symbol: (token: AmountToken) => string
  /** Shares of a tranche, without zeros at the end. */
  readonly shares: (units: bigint, decimals: number, symbol?: string) => string
  readonly count: (value: bigint | number) => string
  /** How many GPUs, with the word. */
  readonly gpus: (value: bigint | number) => string
  readonly time: (at: bigint) => string
  readonly day: (at: bigint) => string
  readonly span: (seconds: bigint) => string
  /** Parts per million as a percentage, with one decimal unless `decimals` says otherwise. */
  readonly ppm: (value: bigint | undefined, decimals?: number) => string
  readonly bps: (value: bigint | number) => string
  /** Unit-seconds as GPU-hours with one decimal. */
  readonly hours: (unitSeconds: bigint) => string
  /** The same with two: where rent is billed by them, an hour's tenth is money. */
  readonly billedHours: (unitSeconds: bigint) => string
  readonly energy: (wh: bigint) => string
  /** A name a stranger wrote, inside a sentence. */
  readonly name: (raw: string, max?: number) => string
}

const HOUR = 3600n

export function useFigures(): Figures {
  const locale = useLocale()
  const t = useT()
  return useMemo(() => figuresIn(locale, t), [locale, t])
}

function figuresIn(locale: Locale, t: Translate): Figures {
  const count = (value: bigint | number): string => formatAmount(BigInt(value), 0, locale)
  const ofToken = (units: bigint, token: AmountToken, cut: { readonly maxDecimals?: number }): string =>
    token === null ? t('ui.smallestUnits', { amount: count(units) }) : formatAmount(units, token.decimals, locale, { symbol: token.symbol, ...cut })
  return {
    locale,
    t,
    count,
    money: (units, token) => ofToken(units, token, {}),
    about: (units, token) => ofToken(units, token, { maxDecimals: 2 }),
    amount: (units, token) => formatAmount(units, token?.decimals ?? 0, locale),
    short: (units, token) => formatAmount(units, token?.decimals ?? 0, locale, { maxDecimals: 2 }),
    symbol: (token) => (token === null ? t('ui.unknownToken') : nameWithin(token.symbol, MAX_SYMBOL)),
    shares: (units, decimals, symbol) => formatAmount(units, decimals, locale, symbol === undefined ? { minDecimals: 0 } : { minDecimals: 0, symbol }),
    gpus: (value) => t('ui.gpus', { n: Number(value), count: count(value) }),
    time: (at) => formatTime(at, locale, 'UTC'),
    day: (at) => formatDay(at, locale, 'UTC'),
    span: (seconds) => formatDuration(seconds, locale),
    ppm: (value, decimals = 1) => (value === undefined ? NONE : formatPpm(value, locale, decimals)),
    bps: (value) => formatBps(BigInt(value), locale),
    hours: (unitSeconds) => formatAmount((unitSeconds * 10n) / HOUR, 1, locale, { minDecimals: 1 }),
    billedHours: (unitSeconds) => formatAmount((unitSeconds * 100n) / HOUR, 2, locale),
    energy: (wh) => formatEnergy(wh, locale),
    name: nameWithin,
  }
}
