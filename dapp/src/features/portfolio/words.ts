import type { FleetSummary } from '../../chain/read/fleets'
import { nameWithin } from '../../format/name'
import type { Translate } from '../../i18n/useT'
import type { Movement } from './statement/movement'

/** A fleet by what its operator calls it, or by its number. */
export function fleetName(t: Translate, fleetId: bigint, fleets: readonly FleetSummary[]): string {
  const spec = fleets.find((fleet) => fleet.fleetId === fleetId)?.spec
  return spec === undefined
    ? t('portfolio.fleet.number', { id: `${fleetId}` })
    : t('portfolio.fleet.name', { model: nameWithin(spec.model), site: nameWithin(spec.site) })
}

/** What a line of the books was. */
export function kindName(t: Translate, { kind }: Pick<Movement, 'kind'>): string {
  return t(`portfolio.kind.${kind}`)
}
