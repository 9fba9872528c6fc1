import type { FleetSpec } from '../../chain/read/fleets'
import type { SaleState } from '../../domain/saleState'
import { nameWithin } from '../../format/name'
import type { Translate } from '../../i18n/useT'

/** A fleet by what its operator calls it, or by its number. */
export function fleetName(t: Translate, fleetId: bigint | null, spec: FleetSpec | undefined): string {
  if (spec !== undefined) return t('invest.fleet.name', { model: nameWithin(spec.model), site: nameWithin(spec.site) })
  return fleetId === null ? t('invest.fleet.unknown') : t('invest.fleet.number', { id: `${fleetId}` })
}

export function stateName(t: Translate, state: SaleState): string {
  return t(`invest.state.${state}`)
}
