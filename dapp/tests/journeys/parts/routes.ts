/** Every kind of page there is, each at an address where something stands. */
export const ROUTES = [
  '/',
  '/fleets',
  '/fleets/1',
  '/fleets/3',
  '/leases',
  '/leases/1',
  '/reports',
  '/reports/1',
  '/invest',
  '/invest/1',
  '/invest/open',
  '/portfolio',
  '/lease-capacity/1',
  '/my-leases',
  '/operate',
  '/operate/register',
  '/operate/1',
  '/network',
] as const

/** Parts of pages that are not open at first. */
export const PARTS = ['/fleets/1?part=money', '/fleets/1?part=leases', '/fleets/1?part=papers', '/fleets/1?part=terms', '/leases/2'] as const
