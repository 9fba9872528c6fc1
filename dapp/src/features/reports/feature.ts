import type { Feature } from '../../app/feature'

export const feature: Feature = {
  id: 'reports',
  nav: { order: 30, to: '/reports', label: { en: 'Reports', fr: 'Rapports' } },
  routes: [
    { path: '/reports', page: () => import('./ReportsPage') },
    { path: '/reports/:epoch', page: () => import('./ReportPage') },
  ],
  texts: ['verify'],
}
