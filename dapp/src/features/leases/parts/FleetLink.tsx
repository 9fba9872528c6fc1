import type { ReactNode } from 'react'
import { Link } from '../../../app/router'
import type { FleetSummary } from '../../../chain/read/fleets'
import { useT } from '../../../i18n/useT'
import { NameText } from '../../../ui/NameText'
import css from './parts.module.css'

/** A fleet by its number, its operator's words below it. */
export function FleetLink({ fleetId, fleet }: { readonly fleetId: bigint; readonly fleet: FleetSummary | null }): ReactNode {
  const t = useT()
  return (
    <span className={css.roomy}>
      <Link to={`/fleets/${fleetId}`}>{t('leases.fleetNumber', { fleet: `${fleetId}` })}</Link>
      {fleet !== null && (
        <span className={css.under}>
          <NameText name={fleet.spec.model} max={30} />
        </span>
      )}
    </span>
  )
}
