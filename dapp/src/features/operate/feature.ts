import type { Feature } from '../../app/feature'

export const feature: Feature = {
  id: 'operate',
  nav: { order: 60, to: '/operate', label: { en: 'Operate', fr: 'Exploiter' } },
  routes: [
    { path: '/operate', page: () => import('./OperatePage') },
    { path: '/operate/register', page: () => import('./RegisterPage') },
    { path: '/operate/:fleetId', page: () => import('./OperateFleetPage') },
  ],
}
