import type { ReactNode } from 'react'
import { Link } from '../../../app/router'
import type { Sale } from '../../../chain/read/sales'
import { trustText } from '../../../domain/trust'
import { T } from '../../../i18n/T'
import { useT } from '../../../i18n/useT'
import { useTrustLevel } from '../../../node/useTrustLevel'
import { DataList, type DataRow } from '../../../ui/DataList'
import { Panel } from '../../../ui/Panel'
import { useFigures } from '../../../ui/useFigures'
import { useHeadEpoch } from '../useSales'

/** What can go wrong, and who could do what about it, in plain words. */
export function Risks({ sale }: { readonly sale: Sale }): ReactNode {
  const t = useT()
  const format = useFigures()
  const { level } = useTrustLevel(sale.fleetId, useHeadEpoch())
  const known = level === null ? t('invest.trust.unknown') : t('ui.trust.said', { level: `${level}`, meaning: t(trustText(level)) })
  const rows: DataRow[] = [
    { label: t('invest.risks.income.label'), value: t('invest.risks.income') },
    {
      label: t('invest.risks.trust.label'),
      value: <T id="invest.risks.trust" values={{ level: known }} components={[<Link to={`/fleets/${sale.fleetId ?? ''}`} />]} />,
    },
    {
      label: t('invest.risks.minimum.label'),
      value: t('invest.risks.minimum', { minimum: format.shares(sale.minimum, sale.decimals, sale.shareSymbol), time: format.time(sale.end) }),
    },
    { label: t('invest.risks.delivery.label'), value: t('invest.risks.delivery') },
    { label: t('invest.risks.noAdmin.label'), value: t('invest.risks.noAdmin') },
    { label: t('invest.risks.currency.label'), value: t('invest.risks.currency') },
    { label: t('invest.risks.price.label'), value: t('invest.risks.price') },
  ]
  return (
    <Panel title={t('invest.risks.title')}>
      <DataList rows={rows} />
    </Panel>
  )
}
