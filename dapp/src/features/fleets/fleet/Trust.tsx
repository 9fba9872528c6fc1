import type { ReactNode } from 'react'
import type { Fleet } from '../../../chain/read/fleets'
import { trustText } from '../../../domain/trust'
import { useTrustLevel } from '../../../node/useTrustLevel'
import { Stat } from '../../../ui/Stat'
import { NONE, useFigures } from '../../../ui/useFigures'
import { useOracle } from '../queries'

/** The trust level of the newest readings. */
export function Trust({ fleet }: { readonly fleet: Fleet }): ReactNode {
  const { t } = useFigures()
  const { level, error, asked } = useTrustLevel(fleet.fleetId, useOracle().data?.headEpoch)
  const note = level !== null ? t(trustText(level)) : t(error !== null ? 'fleets.trust.unread' : asked ? 'fleets.trust.none' : 'fleets.trust.loading')
  return (
    <Stat
      label={t('fleets.fact.trust')}
      value={level === null ? NONE : t('ui.trust.level', { level: String(level) })}
      note={note}
    />
  )
}
