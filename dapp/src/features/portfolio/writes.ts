import type { Holding } from '../../chain/read/revenue'
import { call, type Write } from '../../chain/write/write'
import { MAX_SYMBOL, nameWithin } from '../../format/name'
import type { Translate } from '../../i18n/useT'
import type { Figures } from '../../ui/useFigures'
import type { Address } from './statement/movement'

/** Claims the income of some shares to the account itself: one call each, in one batch where the wallet has them. */
export function claimWrite(holdings: readonly Holding[], t: Translate, format: Figures): Write {
  // A refusal does not say which share it is of: with several currencies its amounts are in none of them.
  const token = new Set(holdings.map((each) => each.token?.address)).size === 1 ? (holdings[0]?.token ?? null) : null
  return {
    title: { id: holdings.length === 1 ? 'portfolio.claim.one' : 'portfolio.claim.all', values: { count: holdings.length } },
    summary: holdings.map(({ tranche, claimable, token }) => ({
      label: t('portfolio.claim.row', { share: nameWithin(tranche.symbol, MAX_SYMBOL) }),
      value: t('portfolio.claim.atLeast', { amount: format.money(claimable, token) }),
    })),
    intent: `claim:${holdings.map(({ tranche }) => tranche.share).join(',')}`,
    steps: (account) => Promise.resolve(holdings.map(({ tranche }) => call('FleetShare', tranche.share, 'claim', [account]))),
    ...(token === null ? {} : { currency: token }),
  }
}

/** Sends shares of one tranche. */
export function sendWrite({ tranche }: Holding, to: Address, value: bigint, t: Translate, format: Figures): Write {
  return {
    title: { id: 'portfolio.send.write' },
    summary: [
      { label: t('portfolio.send.amount'), value: format.shares(value, tranche.decimals, tranche.symbol) },
      { label: t('portfolio.send.to'), value: to },
    ],
    intent: `send:${tranche.share}:${to}:${value}`,
    steps: () => Promise.resolve([call('FleetShare', tranche.share, 'transfer', [to, value])]),
    moved: { symbol: tranche.symbol, decimals: tranche.decimals },
  }
}
