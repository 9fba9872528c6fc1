import type { Sale, SaleNow } from '../../chain/read/sales'
import { call, type Currency, type FundedCall, type Row, type Write, type WriteStep } from '../../chain/write/write'
import type { Translate } from '../../i18n/useT'
import type { Figures } from '../../ui/useFigures'
import type { Offer } from './offer'
import type { Purchase } from './purchase'

type Address = `0x${string}`

/** What the writes of a sale are made with. `contract` is PrimarySale's address. */
export interface Making {
  readonly contract: Address
  readonly t: Translate
  readonly format: Figures
}

/** Buys exactly `shares` for at most `cost`, which is the price now and for as long as the sale lasts. */
export function buyWrite(sale: Sale, { shares, cost }: Purchase, { contract, t, format }: Making): Write {
  const { saleId, currency } = sale
  const step: FundedCall = {
    token: currency,
    amount: cost,
    spender: contract,
    plain: call('PrimarySale', contract, 'buy', [saleId, shares, cost]),
    withPermit: ({ deadline, v, r, s }) => call('PrimarySale', contract, 'buyWithPermit', [saleId, shares, cost, deadline, v, r, s]),
  }
  const summary = [
    { label: t('invest.buy.shares'), value: format.shares(shares, sale.decimals, sale.shareSymbol) },
    { label: t('invest.buy.most'), value: format.money(cost, sale.token) },
  ]
  return { ...write('invest.write.buy', sale, `buy:${saleId}:${shares}`, summary, () => [step]), ...(sale.token === null ? {} : { moved: sale.token }) }
}

/** Has booked shares delivered to the buyer. */
export function collectWrite(sale: Sale, shares: bigint, { contract, t, format }: Making): Write {
  const summary = [{ label: t('invest.booking.shares'), value: format.shares(shares, sale.decimals, sale.shareSymbol) }]
  return write('invest.write.collect', sale, `collect:${sale.saleId}`, summary, (account) => [call('PrimarySale', contract, 'collect', [sale.saleId, account])])
}

/** Takes back what was paid in a sale that failed. */
export function refundWrite(sale: Sale, paid: bigint, { contract, t, format }: Making): Write {
  const summary = [{ label: t('invest.booking.paid'), value: format.money(paid, sale.token) }]
  return write('invest.write.refund', sale, `refund:${sale.saleId}`, summary, (account) => [call('PrimarySale', contract, 'refund', [sale.saleId, account])])
}

/** How many buyers one write delivers to: a batch no wallet refuses for its gas, and a summary that can be read. */
export const DELIVERED_AT_ONCE = 20

/** Delivers to buyers who have not collected, the first of them at most; they need do nothing. Anyone may. */
export function deliverWrite(sale: Sale, waiting: readonly Address[], { contract, t }: Making): Write {
  const buyers = waiting.slice(0, DELIVERED_AT_ONCE)
  const summary = buyers.map((buyer) => ({ label: t('invest.seller.buyer'), value: buyer }))
  const steps = (): readonly WriteStep[] => buyers.map((buyer) => call('PrimarySale', contract, 'deliver', [sale.saleId, buyer]))
  return write('invest.write.deliver', sale, `deliver:${sale.saleId}:${buyers.join(',')}`, summary, steps)
}

/** What only the seller may do; each pays all there is to the account that signs. */
export function sellerWrite(what: 'withdraw' | 'reclaim' | 'claimIncome', sale: SaleNow, { contract, t, format }: Making): Write {
  const amounts = {
    withdraw: { label: t('invest.seller.proceeds'), value: format.money(sale.proceeds, sale.token) },
    reclaim: { label: t('invest.seller.unsold'), value: format.shares(sale.successful ? sale.left : sale.cap, sale.decimals, sale.shareSymbol) },
    claimIncome: { label: t('invest.seller.income'), value: format.money(sale.income, sale.token) },
  }
  return write(`invest.write.${what}`, sale, `${what}:${sale.saleId}`, [amounts[what]], (account) => [
    call('PrimarySale', contract, what, [sale.saleId, account]),
  ])
}

/** Opens a sale of shares that the account holds, and moves all of them into it. */
export function openWrite(offer: Offer, share: Address, summary: readonly Row[], currency: Currency | null, moved: Currency, contract: Address): Write {
  const { fleetId, tranche, price, cap, minimum, end } = offer
  const terms = { fleetId: Number(fleetId), tranche, price, cap, minimum, end: Number(end) }
  const plain = call('PrimarySale', contract, 'open', [terms])
  return {
    title: { id: 'invest.write.open' },
    summary,
    intent: `open:${share}:${price}:${cap}`,
    steps: () => Promise.resolve([{ token: share, amount: cap, spender: contract, plain, withPermit: null }]),
    moved,
    ...(currency === null ? {} : { currency }),
  }
}

function write(id: string, { saleId, token }: Sale, intent: string, summary: readonly Row[], steps: (account: Address) => readonly WriteStep[]): Write {
  return {
    title: { id, values: { sale: `${saleId}` } },
    summary,
    intent,
    steps: (account) => Promise.resolve(steps(account)),
    ...(token === null ? {} : { currency: { symbol: token.symbol, decimals: token.decimals } }),
  }
}
