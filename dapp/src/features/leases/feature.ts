import type { Feature } from '../../app/feature'

export const feature: Feature = {
  id: 'leases',
  nav: { order: 20, to: '/leases', label: { en: 'Leases', fr: 'Baux' } },
  routes: [
    { path: '/leases', page: () => import('./list/LeasesPage') },
    { path: '/leases/:leaseId', page: () => import('./lease/LeasePage') },
    { path: '/my-leases', page: () => import('./mine/MyLeasesPage') },
  ],
  texts: ['verify'],
}
