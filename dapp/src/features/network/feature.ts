import type { Feature } from '../../app/feature'

export const feature: Feature = {
  id: 'network',
  nav: { order: 70, to: '/network', label: { en: 'Network', fr: 'Réseau' } },
  routes: [{ path: '/network', page: () => import('./NetworkPage') }],
}
