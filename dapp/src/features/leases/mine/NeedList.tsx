import type { ReactNode } from 'react'
import { Link } from '../../../app/router'
import type { Lease } from '../../../chain/read/leases'
import { useT } from '../../../i18n/useT'
import { Notice } from '../../../ui/Notice'
import { useFigures } from '../../../ui/useFigures'
import { isPressing, type Need } from '../logic/needs'
import css from '../parts/parts.module.css'
import type { Surroundings } from '../queries'

interface NeedListProps {
  readonly needs: readonly { readonly lease: Lease; readonly need: Need }[]
  readonly around: Surroundings
}

/** What leases want done, one notice each, with the way to where it is done. */
export function NeedList({ needs, around }: NeedListProps): ReactNode {
  const t = useT()
  const { money, time } = useFigures()
  return (
    <ul className={css.needs}>
      {needs.map(({ lease, need }) => {
        const token = around.fleets.get(lease.terms.fleetId)?.token ?? null
        const values = {
          amount: 'amount' in need ? money(need.amount, token) : '',
          time: 'at' in need ? time(need.at) : '',
        }
        return (
          <li key={`${lease.leaseId} ${need.code}`}>
            <Notice
              tone={need.code === 'refund' ? 'ok' : isPressing(need) ? 'warn' : 'info'}
              role="none"
              title={<Link to={`/leases/${lease.leaseId}`}>{t('leases.number', { lease: `${lease.leaseId}` })}</Link>}
            >
              {t(`leases.need.${need.code}`, values)}
            </Notice>
          </li>
        )
      })}
    </ul>
  )
}
