import type { Feature } from '../../app/feature'

/** The primary sales of shares: the buyer's side and the seller's. */
export const feature: Feature = {
  id: 'invest',
  nav: { order: 30, to: '/invest', label: { en: 'Invest', fr: 'Investir' } },
  routes: [
    { path: '/invest', page: () => import('./InvestPage') },
    { path: '/invest/open', page: () => import('./OpenSalePage') },
    { path: '/invest/:saleId', page: () => import('./SalePage') },
  ],
}
