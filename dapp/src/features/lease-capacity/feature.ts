import type { Feature } from '../../app/feature'

export const feature: Feature = {
  id: 'lease-capacity',
  routes: [{ path: '/lease-capacity/:fleetId', page: () => import('./QuotePage') }],
  // A quote says trust levels and figures as the pages of leases do.
  texts: ['features/leases'],
}
