import type { Feature } from '../../app/feature'

/** What the viewer holds, what it earns, and the statement of it. */
export const feature: Feature = {
  id: 'portfolio',
  nav: { order: 40, to: '/portfolio', label: { en: 'Portfolio', fr: 'Portefeuille' } },
  routes: [{ path: '/portfolio', page: () => import('./PortfolioPage') }],
}
