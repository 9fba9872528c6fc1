import { useState, type ReactNode } from 'react'
import { useViewer } from '../../../app/viewer'
import { checksum } from '../../../chain/checksum'
import type { Fleet } from '../../../chain/read/fleets'
import type { Waterfall } from '../../../chain/read/revenue'
import { useWrite } from '../../../chain/write/useWrite'
import { AddressInput } from '../../../ui/AddressInput'
import { Panel } from '../../../ui/Panel'
import { useFigures } from '../../../ui/useFigures'
import { Act } from '../parts/Act'
import { Form } from '../parts/Form'
import { useMay } from '../parts/useMay'
import { claimWrite } from '../writes'

/** Takes the operator's fee and energy part, to any address; at first the viewer's own, so another viewer needs another form (its `key`). */
export function ClaimForm({ fleet, waterfall }: { readonly fleet: Fleet; readonly waterfall: Waterfall }): ReactNode {
  const shown = useFigures()
  const { t, money } = shown
  const { address } = useViewer()
  const start = useWrite()
  const off = useMay(fleet.operator)
  const [to, setTo] = useState(address)
  const claimable = waterfall.fees.operator
  const nothing = claimable === 0n ? t('operate.claim.nothing') : null
  const submit = (): void => {
    if (to !== null && off === null && nothing === null) start(claimWrite(waterfall.address, fleet, claimable, to, shown))
  }
  return (
    <Panel level={3} title={t('operate.claim.title')} intro={t('operate.claim.intro', { amount: money(claimable, fleet.token) })}>
      <Form label={t('operate.claim.title')} onSubmit={submit}>
        <AddressInput label={t('operate.to')} hint={t('operate.to.hint')} checksum={checksum} initial={address === null ? '' : checksum(address)} onChange={setTo} required />
        <Act label={t('operate.claim.act')} tone="accent" ready={to !== null} off={off ?? nothing} />
      </Form>
    </Panel>
  )
}
