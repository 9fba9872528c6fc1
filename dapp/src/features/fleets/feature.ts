import type { Feature } from '../../app/feature'

export const feature: Feature = {
  id: 'fleets',
  nav: { order: 10, to: '/fleets', label: { en: 'Fleets', fr: 'Parcs' } },
  routes: [
    { path: '/', page: () => import('./FleetsPage') },
    { path: '/fleets', page: () => import('./FleetsPage') },
    { path: '/fleets/:fleetId', page: () => import('./FleetPage') },
  ],
}
